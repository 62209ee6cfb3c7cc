import Figures
import LuaBridge
import Tensors

private let title = Option("title", String.self, default: "", "the figure's title")
private let xLabel = Option("x", String.self, default: "", "what the x axis shows")
private let yLabel = Option("y", String.self, default: "", "what the y axis shows")
private let file = Option("file", Path?.self, "a PNG or SVG to write it to, as the name ends")

extension LuaModule {
    /// `plot`: figures of slices, kernels and numbers.
    public static let plot = LuaModule(
        "plot", "Pictures of slices, kernels and numbers: in the terminal, or as PNG or SVG.",
        functions: [slices, kernels, images, glyphs, curves, histogram, scatter, reliability],
        types: [FigureObject.luaType])

    private static let slices = LuaFunction(
        "slices", "Draws slices of scans, one row a subject: the scan, the truth, and a map a column.",
        Parameter(
            "rows", [SliceRow].self,
            "each {title, scan, truth, maps, captions, slice, spacing, flipped}; the slice with the most truth by default"
        ),
        Option(
            "columns", [SliceColumn].self, default: [],
            "one a map: a title, or {title, kind}, where the kind is 'mask' (above 0.5, over the scan) or 'heat'"),
        title, Option("panel", Double.self, in: .between(20, 2000), default: 130, "the width of a panel in points"),
        file, returns: "a figure",
        example: """
            local scan, labels = volumes.phantom{size = {12, 12, 12}}; local mask = labels:mask(); \
            plot.slices({{title = "one", scan = scan, truth = mask, maps = {mask, mask}}}, \
            {columns = {"truth again", {title = "heat", kind = "heat"}}}):save(os.tmpname() .. ".png")
            """
    ) { rows, columns, title, panel, file in
        try FigureObject(
            SliceFigure(
                title: title, columns: columns.map { ($0.title, $0.kind) }, rows: rows.map(\.row), panel: panel),
            file: file)
    }

    private static let kernels = LuaFunction(
        "kernels", "Draws convolution kernels in groups: blue is negative, white 0, red positive.",
        Parameter("groups", [KernelRow].self, "each {title, kernels, limit}; kernels are count x [1 x] k x k [x k]"),
        title,
        Option("columns", Int.self, in: .between(1, 200), default: 8, "kernels a row"),
        Option("cell", Double.self, in: .between(1, 100), default: 9, "the side of a weight in points"), file,
        returns: "a figure",
        example:
            "plot.kernels({{title = \"random\", kernels = torch.randn(4, 3, 3, 3)}}):save(os.tmpname() .. \".svg\")"
    ) { groups, title, columns, cell, file in
        try FigureObject(
            KernelFigure(title: title, groups: groups.map(\.group), columns: columns, cell: cell), file: file)
    }

    private static let images = LuaFunction(
        "images", "Draws small grey images in groups: 0 is black, the largest value white.",
        Parameter("groups", [ImageRow].self, "each {title, images, limit}; images are count x [1 x] height x width"),
        title, Option("columns", Int.self, in: .between(1, 200), default: 16, "images a row"),
        Option("pixel", Double.self, in: .between(1, 100), default: 1.5, "the side of a pixel in points"), file,
        returns: "a figure",
        example: "plot.images({{title = \"letters\", images = plot.glyphs(\"abc\", {count = 6})}})"
    ) { groups, title, columns, pixel, file in
        try FigureObject(
            KernelFigure(title: title, groups: groups.map(\.group), columns: columns, cell: pixel, isGrey: true),
            file: file)
    }

    private static let glyphs = LuaFunction(
        "glyphs",
        "Draws characters as small grey images, each varied at random: data to learn from. The characters take turns.",
        Parameter("characters", String.self, "a class each"),
        Option("count", Int.self, in: .count, "how many images"),
        Option("size", Int.self, in: .between(4, 512), default: 28, "the side in pixels"),
        Option(
            "fonts", [String].self, default: GlyphImages.families,
            "families to draw from, in normal and bold, upright and slanted; the system's nearest for a missing one"),
        Option(
            "vary", Double.self, in: .between(0, 4), default: 1,
            "how much they are turned, sheared, stretched, shifted, bent and made bolder; at 0 only fonts differ"),
        GeneratorOption(),
        returns: "the images, count x 1 x size x size from 0 (paper) to 1 (ink), and the labels, class numbers from 0",
        example: """
            local images, labels = plot.glyphs("0123456789", {count = 20}); \
            assert(images:size(4) == 28 and labels:max():item() == 9)
            """
    ) { characters, count, size, fonts, variation, generator -> (Tensor, Tensor) in
        let glyphs = try GlyphImages(
            of: characters, count: count, side: size, families: fonts, variation: variation, generator: generator)
        return (glyphs.images, glyphs.labels)
    }

    private static let curves = LuaFunction(
        "curves", "Draws curves over one axis, with error bars where there are errors.",
        Parameter(
            "series", CurveSeries.self,
            "names with their y, or a list of {name, x, y, errors, points}; with points = true there are marks and no line"
        ),
        title, xLabel, yLabel,
        Option("x_names", [String].self, default: [], "what stands at x = 1, 2, ... instead of numbers; at most 30"),
        Option("y_range", [Double]?.self, in: .finite, "the ends of the y axis"),
        Option(
            "y_limits", [Double]?.self, in: .any,
            "numbers beyond which neither the y axis nor error bars go, such as {0, 1}, or {0, math.huge} for none above"
        ),
        Option(
            "smooth", Int.self, in: .between(1, 1000), default: 1,
            "the points of a running mean; the points themselves are then faint"),
        Option("size", [Double].self, in: .positive, default: [460, 300], "width and height in points"), file,
        returns: "a figure",
        example: """
            plot.curves({{name = "DWP", x = {5, 10}, y = {0.6, 0.7}, errors = {0.05, 0.02}}}, {x = "volumes", y = "Dice"})
            """
    ) { series, title, x, y, names, yRange, yLimits, smoothing, size, file in
        try FigureObject(
            CurveFigure(
                title: title, xLabel: x, xNames: names, yLabel: y, series: series.series,
                yRange: range(yRange, "y_range"),
                yLimits: range(yLimits, "y_limits") ?? -.infinity ... .infinity, smoothing: smoothing,
                size: pair(size)), file: file)
    }

    private static let histogram = LuaFunction(
        "histogram", "Draws how many numbers lie in each of a row of bins.",
        Parameter("values", HistogramSeries.self, "a tensor or a list of numbers, or a table of such by name"), title,
        Option("x", String.self, default: "", "what the numbers are"),
        Option("bins", Int.self, in: .between(1, 1000), default: 30, "how many bins"),
        Option(
            "range", [Double]?.self, in: .finite,
            "the ends of the bins; from the least to the largest number by default"),
        Option("density", Bool.self, default: false, "whether the area below each histogram is 1"),
        Option("size", [Double].self, in: .positive, default: [460, 300], "width and height in points"), file,
        returns: "a figure",
        example: "plot.histogram({weights = torch.randn(500), drawn = torch.randn(200) * 2}, {density = true})"
    ) { values, title, x, bins, ends, isDensity, size, file in
        try FigureObject(
            HistogramFigure(
                title: title, xLabel: x, series: values.series, bins: bins, range: range(ends, "range"),
                isDensity: isDensity, size: pair(size)), file: file)
    }

    private static let scatter = LuaFunction(
        "scatter", "Draws points in a plane.",
        Parameter("points", ScatterSeries.self, "{name, x, y} or a list of such; x and y are tensors or lists"), title,
        xLabel, yLabel,
        Option("size", [Double].self, in: .positive, default: [400, 340], "width and height in points"), file,
        returns: "a figure",
        example: "plot.scatter({x = torch.randn(50), y = torch.randn(50)}, {x = \"code 1\", y = \"code 2\"})"
    ) { points, title, x, y, size, file in
        try FigureObject(
            ScatterFigure(title: title, xLabel: x, yLabel: y, series: points.series, size: pair(size)), file: file)
    }

    private static let reliability = LuaFunction(
        "reliability",
        "Draws how often voxels are in the mask against the probability given to them, and how many voxels those are.",
        Parameter(
            "bins", ReliabilitySeries.self,
            "the bins of `volumes.calibration`, or such bins by name, or a list of {name, bins}"),
        title, Option("size", [Double].self, in: .positive, default: [420, 340], "width and height in points"), file,
        returns: "a figure",
        example: "plot.reliability{DWP = volumes.calibration(torch.full({8}, 0.75), torch.ones(8)).bins}"
    ) { series, title, size, file in
        try FigureObject(ReliabilityFigure(title: title, series: series.series, size: pair(size)), file: file)
    }

    private static func range(_ ends: [Double]?, _ name: String) throws(LuaArgumentError) -> ClosedRange<Double>? {
        guard let ends else { return nil }
        guard ends.count == 2, ends[0] < ends[1] else {
            throw LuaArgumentError(name, "two numbers expected, the smaller first, got \(ends)")
        }
        return ends[0]...ends[1]
    }

    private static func pair(_ size: [Double]) throws(LuaArgumentError) -> (width: Double, height: Double) {
        guard size.count == 2 else {
            throw LuaArgumentError("size", "width and height expected, got a list of \(size.count)")
        }
        return (size[0], size[1])
    }
}
