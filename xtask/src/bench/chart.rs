//! The figures as a chart: what each contender needs for each operation.

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use record::{Clock, Name, Operation, Pseudowire};

use super::figures::{Figures, Situation};

/// Where most of the sessions of a busy concentrator are.
const SHOWN: Situation = (Clock::Processor, Pseudowire::Ppp, 10_000);

const OPERATIONS: [(Operation, &str); 4] = [
    (Operation::Create, "create"),
    (Operation::Get, "get"),
    (Operation::Delete, "delete"),
    (Operation::Dump, "dump a row"),
];

/// Who is shown, in which colour. Floors are grey.
const SERIES: [(Name, RGBColor); 7] = [
    (Name::Floor, RGBColor(110, 110, 110)),
    (Name::Conn, RGBColor(0, 114, 178)),
    (Name::Tokio, RGBColor(86, 180, 233)),
    (Name::FloorBatch, RGBColor(170, 170, 170)),
    (Name::Batch, RGBColor(0, 158, 115)),
    (Name::PeerAsync, RGBColor(230, 159, 0)),
    (Name::PeerBlocking, RGBColor(213, 94, 0)),
];

/// A count of a handful of things.
#[expect(clippy::cast_precision_loss, reason = "there are a handful")]
fn float(count: usize) -> f64 {
    count as f64
}

/// The chart as SVG.
pub(super) fn svg(figures: &Figures) -> Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (860, 420)).into_drawing_area();
        draw(&root, figures).map_err(|error| anyhow!("cannot draw the chart: {error}"))?;
    }
    Ok(svg + "\n")
}

fn draw<D: DrawingBackend>(
    root: &DrawingArea<D, plotters::coord::Shift>,
    figures: &Figures,
) -> Result<(), DrawingAreaErrorKind<D::ErrorType>> {
    root.fill(&WHITE)?;
    let thousands =
        |operation, who| figures.of(SHOWN, operation, who).map(|figure| figure.median / 1e3);
    let most = OPERATIONS
        .iter()
        .flat_map(|(operation, _)| SERIES.map(|(who, _)| thousands(*operation, who)))
        .flatten()
        .fold(1.0, f64::max);
    let groups = float(OPERATIONS.len());
    let mut chart = ChartBuilder::on(root)
        .caption("Thousands of instructions an operation, 10 000 PPP sessions", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(44)
        .build_cartesian_2d(0.0..groups, 0.0..most * 1.05)?;
    let label = |x: &f64| {
        let group = OPERATIONS.iter().enumerate().find(|(n, _)| (float(*n) + 0.5 - x).abs() < 0.01);
        group.map(|(_, (_, title))| (*title).to_owned()).unwrap_or_default()
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(2 * OPERATIONS.len() + 1)
        .x_label_formatter(&label)
        .y_label_formatter(&|y| format!("{y:.0}"))
        .light_line_style(WHITE)
        .draw()?;
    for (place, (who, colour)) in SERIES.iter().enumerate() {
        let bars = OPERATIONS.iter().enumerate().filter_map(|(group, (operation, _))| {
            let left = float(group) + (float(place) + 0.6) / (float(SERIES.len()) + 1.2);
            let right = left + 0.9 / (float(SERIES.len()) + 1.2);
            let top = thousands(*operation, *who)?;
            Some(Rectangle::new([(left, 0.0), (right, top)], colour.filled()))
        });
        let colour = *colour;
        chart
            .draw_series(bars)?
            .label(who.title().replace('`', ""))
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled()));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.9))
        .label_font(("sans-serif", 13))
        .draw()?;
    root.present()
}
