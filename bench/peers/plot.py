"""Plots as SVG text: bars in panels, and lines over logarithmic axes."""
import math
from html import escape

OURS, OTHERS, INK, GRID = "#c2410c", "#64748b", "#111827", "#d1d5db"
COLOURS = ("#c2410c", "#1d4ed8", "#15803d", "#7e22ce")
HEAD = ('<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">')


def text(x: float, y: float, content: str, anchor: str = "start", **attributes) -> str:
    more = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{INK}" text-anchor="{anchor}"{more}>{escape(content)}</text>'


def page(width: int, height: int, parts: list[str]) -> str:
    paper = f'<rect width="{width}" height="{height}" fill="white"/>'
    return "\n".join([HEAD.format(width=width, height=height), paper, *parts, "</svg>"]) + "\n"


def bars(unit: str, panels: list[tuple[str, list[tuple[str, float, bool]]]]) -> str:
    """panels: (title, [(label, value, whether it is ours)])."""
    row, label_width, bar_width, width = 18, 230, 420, 720
    parts, y = [], 10
    for title, values in panels:
        y += 24
        parts.append(text(12, y, f"{title} ({unit})", font_weight="bold"))
        y += 8
        longest = max(value for _, value, _ in values)
        for label, value, ours in values:
            length = value / longest * bar_width
            parts.append(text(label_width - 8, y + 13, label, "end"))
            parts.append(f'<rect x="{label_width}" y="{y + 3}" width="{length:.1f}" height="{row - 5}" fill="{OURS if ours else OTHERS}"/>')
            parts.append(text(label_width + length + 5, y + 13, f"{value:.2f}" if value < 20 else f"{value:.0f}"))
            y += row
    return page(width, y + 12, parts)


def ticks(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, ... from the last one not above `low` to the first not below `high`."""
    steps = [m * 10.0 ** e for e in range(-3, 10) for m in (1, 2, 5)]
    first = max(i for i, step in enumerate(steps) if step <= low)
    last = min(i for i, step in enumerate(steps) if step >= high)
    return steps[first:last + 1]


def lines(title: str, x_label: str, series: list[tuple[str, list[tuple[float, float]]]], top: float) -> list[str]:
    """One panel from `top` on, 300 high; dashed: what is proportional to x and meets the line at its end."""
    left, width, height = 70, 470, 220
    guides = [[(points[0][0], points[-1][1] * points[0][0] / points[-1][0]), points[-1]] for _, points in series]
    drawn = [point for points in [*guides, *(points for _, points in series)] for point in points]
    xs, ys = (ticks(min(values), max(values)) for values in zip(*drawn))

    def along(value: float, marks: list[float], length: float) -> float:
        return (math.log(value) - math.log(marks[0])) / (math.log(marks[-1]) - math.log(marks[0])) * length

    def at(x: float, y: float) -> tuple[float, float]:
        return left + along(x, xs, width), top + 34 + height - along(y, ys, height)

    def polyline(points: list[tuple[float, float]], colour: str, style: str) -> str:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
        return f'<polyline points="{path}" fill="none" stroke="{colour}" {style}/>'

    parts = [text(12, top + 18, title, font_weight="bold")]
    for x in xs:
        column, bottom = at(x, ys[0])
        parts.append(f'<line x1="{column:.1f}" x2="{column:.1f}" y1="{bottom - height:.1f}" y2="{bottom:.1f}" stroke="{GRID}"/>')
        parts.append(text(column, bottom + 15, f"{x:g}", "middle"))
    for y in ys:
        _, row = at(xs[0], y)
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{row:.1f}" y2="{row:.1f}" stroke="{GRID}"/>')
        parts.append(text(left - 6, row + 4, f"{y:g}", "end"))
    parts.append(text(left + width / 2, top + 34 + height + 30, x_label, "middle"))
    for i, ((name, points), guide) in enumerate(zip(series, guides)):
        colour = COLOURS[i % len(COLOURS)]
        parts += [polyline(guide, colour, 'stroke-dasharray="2 3"'), polyline(points, colour, 'stroke-width="2"')]
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in (at(*point) for point in points)]
        parts.append(f'<rect x="{left + width + 16}" y="{top + 40 + 18 * i}" width="12" height="4" fill="{colour}"/>')
        parts.append(text(left + width + 34, top + 46 + 18 * i, name))
    return parts
