//! Links between the project's own pages: each leads to a file that is there.

use std::path::Path;

use super::Fault;

/// Links of a Markdown page that lead nowhere.
pub(super) fn faults(workspace: &Path, path: &str, page: &str) -> Vec<Fault> {
    let here = workspace.join(path);
    let folder = here.parent().unwrap_or(workspace);
    let mut faults = Vec::new();
    for (number, line) in page.lines().enumerate() {
        for target in targets(line).filter(|target| !folder.join(target).exists()) {
            let text = format!("the link to {target} leads nowhere");
            faults.push(Fault { path: path.to_owned(), line: number + 1, text });
        }
    }
    faults
}

/// The files that a line links to: `file.md` of `[text](file.md#heading)`.
pub(in crate::test) fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split('#').next()?;
        (!target.is_empty() && !target.contains("://")).then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_link_is_found() {
        let workspace = crate::workspace();
        let page = "[a](../README.md) [b](../Cargo.toml#x)\n[c](#here) [d](nothing.md)";
        let faults = faults(workspace, "docs/page.md", page);
        assert_eq!(faults.len(), 1);
        assert_eq!((faults[0].line, faults[0].text.contains("nothing.md")), (2, true));
    }
}
