import Figures
import LuaBridge
import Sessions
import Tensors

/// What is drawn over slices of a volume, and which slices.
struct SliceOptions {
    /// Voxels to tint.
    var mask: VolumeArgument?
    /// A map to lay over the slices.
    var uncertainty: VolumeArgument?
    /// The slices, from 1 along depth; nil for twelve, or as many as fit.
    var slices: [Int]?
}

/// The `show` methods of objects that have slices, and the figure that suits a tensor's shape.
enum ShowMethod {
    /// Where a figure is shown.
    static let file = WithDisplaySink(
        Parameter(
            "file", Path?.self,
            "a PNG or SVG to write, as the name ends; without one it is shown below the notebook's cell, or drawn in the "
                + "terminal"))
    private static let volumeFile = WithDisplaySink(
        Parameter(
            "file", Path?.self,
            "a PNG, SVG or (of a viewer) HTML file to write, as the name ends; without one it is shown below the "
                + "notebook's cell, or slices are drawn in the terminal"))
    private static let viewer = Option(
        "viewer", Bool.self, default: false,
        "whether to show three planes to look through, in a notebook or as a page, and not slices")
    private static let mask = Option("mask", VolumeArgument?.self, "voxels to tint: those above 0.5")
    private static let uncertainty = Option(
        "uncertainty", VolumeArgument?.self, "a map to lay over the slices, in colours")
    private static let slices = Option(
        "slices", [Int]?.self, in: .count,
        "which slices of a volume, from 1 along depth; by default as many as there is room for")

    /// The method of a type of objects: `figure` is what it shows, or writes to a file.
    static func function<Object: LuaDecodable>(
        of type: Object.Type, _ summary: String, example: String,
        figure: @escaping (Object, SliceOptions) throws -> any Figure
    ) -> LuaFunction {
        LuaFunction("show", summary, Object.this, file, mask, uncertainty, slices, example: example) {
            object, file, mask, uncertainty, slices in
            let options = SliceOptions(mask: mask, uncertainty: uncertainty, slices: slices)
            try FigureObject(figure(object, options)).show(in: file)
        }
    }

    /// The method of a type of objects with a scan: slices, or a viewer.
    static func function<Object: ScanObject>(
        ofScan type: Object.Type, _ summary: String, example: String
    ) -> LuaFunction {
        LuaFunction(
            "show", summary, Object.this, volumeFile, ViewerOverlays.mask, ViewerOverlays.prediction,
            ViewerOverlays.uncertainty, slices, viewer, example: example
        ) { object, file, mask, prediction, uncertainty, slices, isViewer in
            let overlays = ViewerOverlays(mask: mask, prediction: prediction, uncertainty: uncertainty)
            if isViewer {
                guard slices == nil else { throw LuaArgumentError("slices", "nil expected with viewer = true") }
                return try object.showViewer(overlays, in: file)
            }
            guard prediction == nil else { throw LuaArgumentError("prediction", "only with viewer = true") }
            guard (mask?.volumes.count ?? 1) == 1 else {
                throw LuaArgumentError("mask", "one volume expected without viewer = true")
            }
            var options = overlays.slices
            options.slices = slices
            try FigureObject(object.figure(options)).show(in: file)
        }
    }

    /// The widest kernel: what is wider is a slice of a volume.
    private static let widestKernel = 7
    /// A curve of more points is drawn through the smallest and the largest value of each stretch.
    private static let mostPoints = 4000
    /// The largest ratio of the longer side to the shorter at which a matrix is drawn.
    private static let steepest = 2.5

    /// A curve of one dimension, a picture of two, a grid of kernels, or slices of a volume; dimensions of size 1 do
    /// not count.
    static func figure(
        of tensor: Tensor, title: String = "", _ options: SliceOptions = SliceOptions()
    ) throws -> any Figure {
        let shape = tensor.shape.filter { $0 != 1 }
        guard tensor.count > 0, !shape.isEmpty else { throw unfit(tensor, "more than one element") }
        let kernels = kernelShape(shape)
        if shape.count == 1 || kernels != nil {
            let given = [
                ("mask", options.mask != nil), ("slices", options.slices != nil),
                ("uncertainty", options.uncertainty != nil),
            ]
            for (name, isGiven) in given where isGiven {
                throw LuaArgumentError(name, "nil expected for a tensor \(tensor.shape.shapeText)")
            }
        }
        if let kernels {
            let group = try KernelFigure.Group(
                title: title.isEmpty ? tensor.shape.shapeText : title, kernels: tensor.reshaped(kernels))
            return try KernelFigure(groups: [group])
        }
        if shape.count == 1 { return try curve(tensor.numbers(), title: title) }
        guard shape.count <= 3 else {
            throw unfit(tensor, "one to three dimensions larger than 1, or kernels; choose a part, such as x[{1, 2}]")
        }
        guard shape.count == 2 else {
            return try montage(of: tensor.reshaped(shape), title: title, options)
        }
        // A long matrix is squeezed, as lines of pixels would show nothing.
        let ratio = Double(shape[0]) / Double(shape[1])
        let squeezed = min(max(ratio, 1 / steepest), steepest)
        return try montage(
            of: tensor.reshaped([1] + shape), title: title, options, spacing: [1, squeezed / ratio, 1], isFlipped: true)
    }

    /// Slices of a volume D x H x W.
    static func montage(
        of scan: Tensor, title: String = "", _ options: SliceOptions, spacing: [Double] = [1, 1, 1],
        isFlipped: Bool = false
    ) throws -> any Figure {
        func fitting(_ argument: VolumeArgument) throws -> Tensor {
            let map = argument.voxels
            let isAlike = map.shape.filter { $0 != 1 } == scan.shape.filter { $0 != 1 }
            return isAlike ? try map.reshaped(scan.shape) : map
        }
        return try MontageFigure(
            title: title, scan: scan, mask: options.mask.map(fitting), uncertainty: options.uncertainty.map(fitting),
            spacing: spacing, slices: options.slices, isFlipped: isFlipped)
    }

    /// -1 x k x k x k or -1 x k x k where the last dimensions are those of kernels; nil otherwise.
    private static func kernelShape(_ shape: [Int]) -> [Int]? {
        guard shape.count >= 3, let side = shape.last, side <= widestKernel, shape[shape.count - 2] == side else {
            return nil
        }
        return shape[shape.count - 3] == side ? [-1, side, side, side] : [-1, side, side]
    }

    private static func curve(_ values: [Float], title: String) throws(FigureError) -> CurveFigure {
        var places = Array(values.indices)
        if values.count > mostPoints {
            let pieces = mostPoints / 2
            places = (0..<pieces).flatMap { piece in
                let range = (piece * values.count / pieces)..<((piece + 1) * values.count / pieces)
                let ends = [range.min { values[$0] < values[$1] }, range.max { values[$0] < values[$1] }]
                return ends.compactMap { $0 }.sorted()
            }
        }
        let series = try CurveFigure.Series(
            name: "", x: places.map { Double($0 + 1) }, y: places.map { Double(values[$0]) })
        return try CurveFigure(title: title, xLabel: "index", yLabel: "value", series: [series])
    }

    private static func unfit(_ tensor: Tensor, _ expected: String) -> TensorError {
        .shape(operation: "show", parameter: "self", shape: tensor.shape, expected: expected)
    }
}

extension Tensor {
    static let luaShowing = [
        ShowMethod.function(
            of: Tensor.self,
            "Draws a curve of one dimension, a picture of two, kernels up to 7 wide as a grid, or slices of a volume.",
            example: "torch.randn(8, 1, 3, 3, 3):show(os.tmpname() .. '.png')"
        ) { tensor, options in try ShowMethod.figure(of: tensor, options) }
    ]
}
