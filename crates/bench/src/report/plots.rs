//! The plots: SVG that can be read on light and dark pages.

use kuva::plot::{BarPlot, LinePlot, ScatterPlot};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;
use kuva::render::theme::Theme;

use super::samples::Samples;
use super::tables::growing;
use crate::compare::{Table, Who, Work, works};

/// Stands for the colour of the page's text until the plot is drawn.
const INK: &str = "#010203";
const GRID: &str = "#010204";

/// What makes a picture follow the page: `currentColor` is dark on light and light on dark.
const STYLE: &str =
    "<style>svg{color:#1f2328}@media(prefers-color-scheme:dark){svg{color:#e6edf3}}</style>";

/// All plots of which something was run, each with its name.
pub(super) fn all(samples: &Samples) -> Vec<(&'static str, String)> {
    let works: Vec<Work> = works(false)
        .into_iter()
        .filter(|work| samples.has(&work.name))
        .collect();
    let growth = lines(samples, &growing(&works), "/cpu_us_per_delivery");
    let rooms: Vec<&Work> = works
        .iter()
        .filter(|work| work.table == Table::Rooms)
        .collect();
    let rooms = lines(samples, &rooms, "/cpu_us_per_message");
    [
        ("fanout", bars(samples, &works)),
        (
            "growth",
            growth.map(|plots| {
                draw(
                    plots,
                    "Cost of a delivery",
                    "subscribers of the room",
                    "µs of CPU per delivery",
                )
            }),
        ),
        (
            "rooms",
            rooms.map(|plots| {
                draw(
                    plots,
                    "Cost of a publish",
                    "rooms with one subscriber each",
                    "µs of CPU per publish",
                )
            }),
        ),
    ]
    .into_iter()
    .filter_map(|(name, svg)| Some((name, svg?)))
    .collect()
}

/// Bright enough on dark, dark enough on light.
fn colour(who: Who) -> &'static str {
    match who {
        Who::Room => "#d1495b",
        Who::Topic => "#e08e45",
        Who::Axum => "#3b8ea5",
        Who::Tcp => "#7a8b99",
        Who::Node => "#6a994e",
        Who::Spring => "#9a6fb0",
        Who::RabbitMq => "#b08d57",
    }
}

/// A line with its points for each who has two of them.
fn lines(samples: &Samples, works: &[&Work], number: &str) -> Option<Vec<Plot>> {
    let mut plots = Vec::new();
    for who in Who::ALL {
        let points: Vec<(f64, f64)> = works
            .iter()
            .filter_map(|work| Some((count(work.x), samples.median(&work.name, who, number)?)))
            .collect();
        if points.len() < 2 {
            continue;
        }
        let line = LinePlot::new()
            .with_data(points.clone())
            .with_color(colour(who))
            .with_stroke_width(2.0)
            .with_legend(who.title());
        let dots = ScatterPlot::new()
            .with_data(points)
            .with_color(colour(who))
            .with_size(3.5);
        plots.extend([Plot::from(line), Plot::from(dots)]);
    }
    (!plots.is_empty()).then_some(plots)
}

fn draw(plots: Vec<Plot>, title: &str, x: &str, y: &str) -> String {
    let layout = Layout::auto_from_plots(&plots)
        .with_title(title)
        .with_x_label(x)
        .with_y_label(y)
        .with_log_x()
        .with_y_axis_min(0.0);
    finish(plots, layout)
}

/// The fan-outs that everybody did, side by side.
fn bars(samples: &Samples, works: &[Work]) -> Option<String> {
    let cost = |work: &Work, who| samples.median(&work.name, who, "/cpu_us_per_delivery");
    let who: Vec<Who> = Who::ALL
        .into_iter()
        .filter(|who| {
            works
                .iter()
                .any(|work| work.table == Table::Fanout && cost(work, *who).is_some())
        })
        .collect();
    let mut plot = BarPlot::new();
    let mut groups = 0;
    for work in works.iter().filter(|work| work.table == Table::Fanout) {
        let bars: Option<Vec<_>> = who
            .iter()
            .map(|who| Some((cost(work, *who)?, colour(*who))))
            .collect();
        if let Some(bars) = bars {
            plot = plot.with_group(work.title.replace(" in flight", " at once"), bars);
            groups += 1;
        }
    }
    if groups == 0 || who.is_empty() {
        return None;
    }
    let titles = who.iter().map(|who| who.title()).collect();
    let plots = vec![Plot::from(plot.with_legend(titles))];
    let layout = Layout::auto_from_plots(&plots)
        .with_title("Cost of a delivery")
        .with_y_label("µs of CPU per delivery")
        .with_x_tick_rotate(-30.0);
    Some(finish(plots, layout))
}

fn finish(plots: Vec<Plot>, layout: Layout) -> String {
    let ink = || INK.to_owned();
    let theme = Theme {
        background: "none".to_owned(),
        axis_color: ink(),
        grid_color: GRID.to_owned(),
        tick_color: ink(),
        text_color: ink(),
        legend_bg: "none".to_owned(),
        legend_border: "none".to_owned(),
        ..Theme::light()
    };
    let layout = layout
        .with_theme(theme)
        .with_width(880.0)
        .with_height(420.0)
        .with_y_tick_format(TickFormat::Auto);
    let svg = kuva::render_to_svg(plots, layout);
    let svg = svg
        .replace(INK, "currentColor")
        .replace(GRID, "rgba(128,128,128,0.3)");
    match svg
        .find("<svg")
        .and_then(|at| Some(at + svg[at..].find('>')? + 1))
    {
        Some(at) => format!("{}{STYLE}{}", &svg[..at], &svg[at..]),
        None => svg,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Samples {
        let mut lines = Vec::new();
        for work in works(false) {
            for who in Who::ALL {
                lines.push(format!(
                    r#"{{"tags":{{"work":"{}","who":"{}"}},"cpu_us_per_delivery":4.5,"cpu_us_per_message":9.5}}"#,
                    work.name,
                    who.name()
                ));
            }
        }
        Samples::parse(&lines.join("\n")).unwrap()
    }

    #[test]
    fn plots_are_svg_that_follows_the_page() {
        let plots = all(&samples());
        let names: Vec<_> = plots.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["fanout", "growth", "rooms"]);
        for (name, svg) in plots {
            assert!(
                svg.contains("<svg") && svg.trim_end().ends_with("</svg>"),
                "{name}"
            );
            assert!(
                svg.contains("currentColor") && svg.contains("prefers-color-scheme"),
                "{name}"
            );
            assert!(!svg.contains(INK) && !svg.contains(GRID), "{name}");
            assert!(!svg.contains("NaN"), "{name}");
            assert!(svg.contains("bare axum"), "{name}");
        }
    }

    #[test]
    fn what_was_not_run_is_not_drawn() {
        assert!(all(&Samples::default()).is_empty());
    }
}
