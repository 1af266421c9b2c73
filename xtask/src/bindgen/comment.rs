//! Comments of C headers as Rust documentation.

/// Makes a comment, of which bindgen has taken off the stars, fit for rustdoc.
///
/// A kernel-doc comment becomes its summary and a list of a structure's members; those of an
/// enumeration are documented themselves. Prose is joined into paragraphs. Anything drawn or
/// tabulated keeps its shape, as plain text.
pub(super) fn to_markdown(comment: &str) -> String {
    let lines: Vec<&str> = comment.trim_matches('\n').lines().map(str::trim_end).collect();
    if let Some((subject, summary)) = kernel_doc(&lines) {
        let summary = sentence(summary);
        return if subject.starts_with("struct") { summary + &members(&lines) } else { summary };
    }
    let drawn = |line: &&str| line.trim_start().contains("  ") || line.contains(['\t', '|', '+']);
    if lines.iter().any(drawn) {
        return format!("```text\n{}\n```", lines.join("\n").trim_end());
    }
    let paragraphs = lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty());
    let joined: Vec<String> = paragraphs.map(|lines| sentence(&lines.join(" "))).collect();
    joined.join("\n\n")
}

/// Text on its way into a doc comment: what rustdoc would take for markup is escaped.
pub(super) fn sentence(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace('[', "\\[").replace('<', "\\<").replace('*', "\\*")
}

/// `struct name` and `text` of a comment that begins with `struct name - text`.
fn kernel_doc<'a>(lines: &[&'a str]) -> Option<(&'a str, &'a str)> {
    let (subject, summary) = lines.first()?.trim_start().split_once(" - ")?;
    (subject.starts_with("struct ") || subject.starts_with("enum ")).then_some((subject, summary))
}

/// The `@member: text` lines of a kernel-doc comment, as a list.
fn members(lines: &[&str]) -> String {
    let mut list = String::new();
    for line in lines.iter().skip(1).map(|line| sentence(line)) {
        match line.strip_prefix('@').and_then(|member| member.split_once(':')) {
            Some((name, text)) => {
                let gap = if list.is_empty() { "\n\n" } else { "\n" };
                list += &[gap, "- `", name, "`:", text].concat();
            }
            None if !list.is_empty() && !line.is_empty() => list += &[" ", &line].concat(),
            None => {}
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_becomes_a_paragraph() {
        assert_eq!(
            to_markdown(" Structure used to connect() the socket\n to a tunnel[1].\n"),
            "Structure used to connect() the socket to a tunnel\\[1]."
        );
    }

    #[test]
    fn kernel_doc_becomes_a_summary_and_the_members_of_a_structure() {
        let doc = "struct nlmsghdr - fixed format header\n @nlmsg_len:   Length\n\tof it\n\n @x: y";
        assert_eq!(
            to_markdown(doc),
            "fixed format header\n\n- `nlmsg_len`: Length of it\n- `x`: y"
        );
        assert_eq!(to_markdown("enum e - flags\n @A: first"), "flags");
    }

    #[test]
    fn a_table_keeps_its_shape_and_is_no_doctest() {
        let doc = "Socket options:\n DEBUG\t- bitmask\n LNSMODE\t- 0 => act as LAC.\n";
        assert_eq!(
            to_markdown(doc),
            "```text\nSocket options:\n DEBUG\t- bitmask\n LNSMODE\t- 0 => act as LAC.\n```"
        );
    }
}
