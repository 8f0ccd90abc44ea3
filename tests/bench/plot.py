# SPDX-License-Identifier: BSD-2-Clause
"""Plots as SVG, with nothing but the standard library."""

import html
import math

COLOURS = ("#0072b2", "#d55e00", "#e69f00", "#999999", "#009e73", "#cc79a7")
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 760, 70, 150, 40, 45


def text(x, y, what, anchor="start", size=12, extra=""):
    return '<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d"%s>%s</text>' % (
        x, y, anchor, size, extra, html.escape(what))


def line(x1, y1, x2, y2, colour="#ddd", width=1):
    return '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%s"/>' % (
        x1, y1, x2, y2, colour, width)


def short(number):
    for unit, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= scale:
            return "%g %s" % (float("%.3g" % (number / scale)), unit)
    return "%g" % float("%.3g" % number)


def save(path, height, parts):
    with open(path, "w") as f:
        f.write('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
                'font-family="sans-serif">\n<rect width="100%%" height="100%%" fill="white"/>\n'
                "%s\n</svg>\n" % (WIDTH, height, "\n".join(parts)))


def powers(values):
    """The powers of ten around positive values."""
    low = math.floor(math.log10(min(values)))
    high = max(math.ceil(math.log10(max(values))), low + 1)
    return low, high


def lines(path, title, x_label, series):
    """series: {name: {x: y}}; both axes are logarithmic."""
    height = 420
    plot_width, plot_height = WIDTH - LEFT - RIGHT, height - TOP - BOTTOM
    xs = sorted({x for points in series.values() for x in points})
    low, high = powers([y for points in series.values() for y in points.values()])
    span = math.log2(xs[-1] / xs[0]) or 1

    def at_x(x):
        return LEFT + plot_width * math.log2(x / xs[0]) / span

    def at_y(y):
        return TOP + plot_height * (high - math.log10(y)) / (high - low)

    parts = [text(LEFT, 22, title, size=15), text(LEFT + plot_width / 2, height - 8, x_label,
                                                  "middle")]
    for power in range(low, high + 1):
        parts += [line(LEFT, at_y(10 ** power), LEFT + plot_width, at_y(10 ** power)),
                  text(LEFT - 6, at_y(10 ** power) + 4, short(10 ** power), "end")]
    for x in xs:
        parts.append(text(at_x(x), height - BOTTOM + 18, "%g" % x, "middle"))
    for (name, points), colour in zip(series.items(), COLOURS):
        ends = [(at_x(x), at_y(y)) for x, y in sorted(points.items())]
        parts.append('<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>' % (
            colour, " ".join("%.1f,%.1f" % end for end in ends)))
        parts += ['<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (*end, colour) for end in ends]
        parts.append(text(ends[-1][0] + 8, ends[-1][1] + 4, name, extra=' fill="%s"' % colour))
    save(path, height, parts)


def bars(path, title, groups, names):
    """groups: {label: [value or None, in the order of names]}; the axis is logarithmic."""
    bar, gap, left = 11, 9, 290
    step = bar * len(names) + gap
    height = TOP + 20 + step * len(groups) + 10
    low, high = powers([v for values in groups.values() for v in values if v])
    plot_width = WIDTH - left - 70
    parts = [text(10, 22, title, size=15)]
    for i, name in enumerate(names):
        parts += ['<rect x="%d" y="32" width="10" height="10" fill="%s"/>' %
                  (left + 110 * i, COLOURS[i]), text(left + 14 + 110 * i, 41, name)]
    for g, (label, values) in enumerate(groups.items()):
        top = TOP + 20 + step * g
        parts.append(text(left - 8, top + step / 2, label, "end"))
        for i, value in enumerate(values):
            if not value:
                continue
            width = max(2, plot_width * (math.log10(value) - low) / (high - low))
            parts += ['<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>' %
                      (left, top + bar * i, width, bar - 1, COLOURS[i]),
                      text(left + width + 4, top + bar * i + 9, short(value), size=10)]
    save(path, height, parts)
