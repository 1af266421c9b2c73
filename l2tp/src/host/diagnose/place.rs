//! Which network namespace the calling thread is in.

use std::os::unix::fs::MetadataExt;

use super::Finding;
use super::host::Host;

/// Where iproute2 keeps the namespaces that it names.
const NAMED: &str = "/run/netns";

/// Says so when the thread is in another network namespace than the system's first process. That
/// of another user's process is not to be seen, and nothing is said.
pub(super) fn finding(host: &Host) -> Option<Finding> {
    let ours = host.link("/proc/thread-self/ns/net")?;
    let initial = host.link("/proc/1/ns/net")?;
    (ours != initial).then(|| Finding::OtherNamespace { name: name(host, &ours), ours, initial })
}

/// The name that `ip netns` has for `net:[4026532208]`, whose number is the inode's.
fn name(host: &Host, namespace: &str) -> Option<String> {
    let inode: u64 = namespace.strip_prefix("net:[")?.strip_suffix(']')?.parse().ok()?;
    host.names(NAMED).into_iter().find(|name| {
        host.metadata(&format!("{NAMED}/{name}")).is_some_and(|file| file.ino() == inode)
    })
}

#[cfg(test)]
mod tests {
    use super::super::host::fixture::Tree;
    use super::*;

    #[test]
    fn another_namespace_is_told_by_its_name() {
        let tree = Tree::new(&[("run/netns/blue", ""), ("run/netns/green", "")]);
        let inode = tree.host().metadata("/run/netns/green").unwrap().ino();
        let ours = format!("net:[{inode}]");
        tree.link("proc/thread-self/ns/net", &ours);
        tree.link("proc/1/ns/net", "net:[1]");
        let finding = finding(&tree.host());
        let (name, initial) = (Some("green".to_owned()), "net:[1]".to_owned());
        assert_eq!(finding, Some(Finding::OtherNamespace { ours, initial, name }));
    }

    #[test]
    fn the_same_or_an_unknown_one_is_nothing_to_speak_of() {
        let tree = Tree::new(&[]);
        assert_eq!(finding(&tree.host()), None);
        tree.link("proc/thread-self/ns/net", "net:[1]");
        assert_eq!(finding(&tree.host()), None);
        tree.link("proc/1/ns/net", "net:[1]");
        assert_eq!(finding(&tree.host()), None);
    }

    #[test]
    fn strange_links_have_no_name() {
        let tree = Tree::new(&[("run/netns/blue", "")]);
        for link in ["net:[]", "net:[x]", "mnt:[5]", "net:[99999999999999999999999]"] {
            assert_eq!(name(&tree.host(), link), None, "{link}");
        }
    }
}
