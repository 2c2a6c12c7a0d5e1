"""Line plots as SVG text: axes with round numbers, a legend, and a curve for each series.

The page that contains a plot has the colours: `.curve-1`, `.curve-2` and so on, `.grid` and `.label`.
"""

from collections.abc import Callable, Sequence
from html import escape
from math import ceil, floor, log10

import msgspec

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 76, 16, 34, 44
STEPS = 5
"""About how many lines of the grid an axis has."""
_LEGEND_SAMPLE = 22


class PlotSeries(msgspec.Struct, frozen=True):
    """A curve: its name, and its points, with x growing."""

    name: str
    points: tuple[tuple[float, float], ...]


class PlotAxis(msgspec.Struct, frozen=True):
    """An axis: its label, its range, the values with a line of the grid, and how to show them."""

    label: str
    low: float
    high: float
    ticks: tuple[float, ...]
    show: Callable[[float], str]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Return the place of a value between the ends of the axis, 0 to 1."""
        low, high = self.low, self.high
        if self.logarithmic:
            value, low, high = log10(max(value, low)), log10(low), log10(high)
        return min(1.0, max(0.0, (value - low) / (high - low)))


def linear(label: str, highest: float, show: Callable[[float], str] = "{:,.0f}".format) -> PlotAxis:
    """Return an axis from 0 to at least this value."""
    rough = max(highest, 1e-9) / STEPS
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    count = max(1, ceil(highest / step - 1e-9))
    return PlotAxis(label, 0, step * count, tuple(step * number for number in range(count + 1)), show)


def logarithmic(label: str, lowest: float, highest: float, show: Callable[[float], str]) -> PlotAxis:
    """Return an axis with the powers of ten around these values, which are above 0."""
    first, last = floor(log10(lowest)), ceil(log10(highest))
    last = max(last, first + 1)
    ticks = tuple(10.0**power for power in range(first, last + 1))
    return PlotAxis(label, ticks[0], ticks[-1], ticks, show, logarithmic=True)


def plot(title: str, across: PlotAxis, up: PlotAxis, series: Sequence[PlotSeries]) -> str:
    """Return the plot. The title names it for a screen reader."""
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        *_grid(across, up),
        *(_curve(number, each, across, up) for number, each in enumerate(series, 1)),
        *_legend(series),
        "</svg>",
    ]
    return "\n".join(parts)


def _x(across: PlotAxis, value: float) -> float:
    return LEFT + across.share(value) * (WIDTH - LEFT - RIGHT)


def _y(up: PlotAxis, value: float) -> float:
    return HEIGHT - BOTTOM - up.share(value) * (HEIGHT - TOP - BOTTOM)


def _grid(across: PlotAxis, up: PlotAxis) -> list[str]:
    bottom, right, parts = HEIGHT - BOTTOM, WIDTH - RIGHT, []
    for value in up.ticks:
        y = _y(up, value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_label(LEFT - 8, y + 4, up.show(value), "end"))
    for value in across.ticks:
        x = _x(across, value)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(_label(x, bottom + 17, across.show(value), "middle"))
    parts.append(_label((LEFT + right) / 2, HEIGHT - 8, across.label, "middle"))
    parts.append(_label(8, 16, up.label, "start"))
    return parts


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text class="label" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _curve(number: int, series: PlotSeries, across: PlotAxis, up: PlotAxis) -> str:
    points = " ".join(f"{_x(across, x):.1f},{_y(up, y):.1f}" for x, y in series.points)
    title = f"<title>{escape(series.name)}</title>"
    return f'<polyline class="curve curve-{number}" points="{points}">{title}</polyline>'


def _legend(series: Sequence[PlotSeries]) -> list[str]:
    parts, right = [], float(WIDTH - RIGHT)
    for number, each in reversed(list(enumerate(series, 1))):
        right -= 7.2 * len(each.name)
        parts.append(_label(right, 16, each.name, "start"))
        start = right - _LEGEND_SAMPLE
        parts.append(
            f'<line class="curve curve-{number}" x1="{start:.1f}" x2="{right - 5:.1f}" y1="12" y2="12"/>'
        )
        right = start - 14
    return parts
