//! The calling thread's network namespace.

use std::os::unix::fs::MetadataExt;

use super::Finding;
use super::files::HostFiles;

/// The folder in which iproute2 keeps named namespaces.
const NAMED: &str = "/run/netns";

/// A finding if the thread is in another network namespace than the system's first process; none if
/// the process may not see the first process's namespace.
pub(super) fn finding(files: &HostFiles) -> Option<Finding> {
    let current = files.link("/proc/thread-self/ns/net")?;
    let initial = files.link("/proc/1/ns/net")?;
    (current != initial).then(|| Finding::OtherNamespace {
        name: name(files, &current),
        current,
        initial,
    })
}

/// The name that `ip netns` has for `net:[4026532208]`; the number is the inode number.
fn name(files: &HostFiles, namespace: &str) -> Option<String> {
    let inode: u64 = namespace.strip_prefix("net:[")?.strip_suffix(']')?.parse().ok()?;
    files.names(NAMED).into_iter().find(|name| {
        files.metadata(&format!("{NAMED}/{name}")).is_some_and(|file| file.ino() == inode)
    })
}

#[cfg(test)]
mod tests {
    use super::super::files::fixture::Tree;
    use super::*;

    #[test]
    fn another_namespace_is_reported_with_its_name() {
        let tree = Tree::new(&[("run/netns/blue", ""), ("run/netns/green", "")]);
        let inode = tree.files().metadata("/run/netns/green").unwrap().ino();
        let current = format!("net:[{inode}]");
        tree.link("proc/thread-self/ns/net", &current);
        tree.link("proc/1/ns/net", "net:[1]");
        let finding = finding(&tree.files());
        let (name, initial) = (Some("green".to_owned()), "net:[1]".to_owned());
        assert_eq!(finding, Some(Finding::OtherNamespace { current, initial, name }));
    }

    #[test]
    fn the_same_or_an_unknown_namespace_gives_no_finding() {
        let tree = Tree::new(&[]);
        assert_eq!(finding(&tree.files()), None);
        tree.link("proc/thread-self/ns/net", "net:[1]");
        assert_eq!(finding(&tree.files()), None);
        tree.link("proc/1/ns/net", "net:[1]");
        assert_eq!(finding(&tree.files()), None);
    }

    #[test]
    fn malformed_links_have_no_name() {
        let tree = Tree::new(&[("run/netns/blue", "")]);
        for link in ["net:[]", "net:[x]", "mnt:[5]", "net:[99999999999999999999999]"] {
            assert_eq!(name(&tree.files(), link), None, "{link}");
        }
    }
}
