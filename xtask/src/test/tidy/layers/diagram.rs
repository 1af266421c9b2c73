//! The layers as a drawing: a box for each, the highest at the top.

use svg::Document;
use svg::node::element::{Group, Rectangle, Text, Title};

use super::Layer;

const WIDTH: usize = 760;
const HEIGHT: usize = 40;
const GAP: usize = 4;
const MARGIN: usize = 12;
/// Where the second column begins.
const HOLDS: usize = 270;
const FOOT: usize = 24;

/// The text of an SVG. Its colours are its own, so that it is readable on any background.
pub(super) fn draw(layers: &[Layer]) -> String {
    let height = 2 * MARGIN + layers.len() * (HEIGHT + GAP) + FOOT;
    let page = rectangle(0, 0, WIDTH, height).set("fill", "#ffffff");
    let title = Title::new("The layers of the library");
    let mut document = Document::new()
        .set("viewBox", (0, 0, WIDTH, height))
        .set("role", "img")
        .set("font-family", "sans-serif")
        .set("font-size", 13)
        .add(title)
        .add(page);
    for (row, layer) in layers.iter().rev().enumerate() {
        document = document.add(layer_box(layer, MARGIN + row * (HEIGHT + GAP)));
    }
    let foot =
        text("A layer uses only its own modules and the layers below it.", MARGIN, height - MARGIN);
    format!("{}\n", document.add(foot.set("fill", "#555555")))
}

fn layer_box(layer: &Layer, top: usize) -> Group {
    let frame = rectangle(MARGIN, top, WIDTH - 2 * MARGIN, HEIGHT)
        .set("rx", 4)
        .set("fill", "#eef3f8")
        .set("stroke", "#5b7ea3");
    let base = top + HEIGHT / 2 + 5;
    let names = text(&layer.to_string(), 2 * MARGIN, base).set("font-family", "monospace");
    Group::new().add(frame).add(names).add(text(&plain(&layer.holds), HOLDS, base))
}

fn rectangle(x: usize, y: usize, width: usize, height: usize) -> Rectangle {
    Rectangle::new().set("x", x).set("y", y).set("width", width).set("height", height)
}

fn text(content: &str, x: usize, y: usize) -> Text {
    Text::new(content).set("x", x).set("y", y).set("fill", "#1b1b1b")
}

/// Without Markdown's marks.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_layer_is_at_the_bottom() {
        let layer =
            |place: &str| Layer { places: vec![place.to_owned()], holds: "a `b` & c".to_owned() };
        let drawn = draw(&[layer("low/"), layer("high/")]);
        let (low, high) = (drawn.find("low/").unwrap(), drawn.find("high/").unwrap());
        assert!(high < low && drawn.contains("a b &amp; c"), "{drawn}");
    }
}
