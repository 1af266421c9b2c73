//! A table of text, its columns aligned.

use std::fmt;

/// Rows of cells. The first column is left-aligned, the others right-aligned.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these titles and no rows.
    pub(super) fn new(titles: &[&str]) -> Self {
        Self { rows: vec![titles.iter().map(|&title| title.to_owned()).collect()] }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    fn width(&self, column: usize) -> usize {
        self.rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = (0..self.rows[0].len()).map(|column| self.width(column)).collect::<Vec<_>>();
        for (number, row) in self.rows.iter().enumerate() {
            let cells = row.iter().zip(&all).enumerate().map(|(column, (cell, &width))| {
                if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
            if number == 0 {
                let gaps = 2 * all.len().saturating_sub(1);
                writeln!(f, "{}", "─".repeat(all.iter().sum::<usize>() + gaps))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["kernel", "n"]);
        table.row(vec!["sid".into(), "1000".into()]);
        table.row(vec!["trixie".into(), String::new()]);
        assert_eq!(table.to_string(), "kernel     n\n────────────\nsid     1000\ntrixie\n");
    }
}
