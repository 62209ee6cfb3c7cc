import Figures
import Foundation
import Tensors
import Testing

@Suite struct FigureTests {
    /// A ball in a box, its mask, and a map that grows along the last axis.
    private func slices(title: String = "subject 1") throws -> SliceFigure.Row {
        let shape = [6, 20, 16]
        var (scan, truth, map) = ([Float](), [Float](), [Float]())
        for z in 0..<6 {
            for y in 0..<20 {
                for x in 0..<16 {
                    let r = Float((z - 3) * (z - 3) * 9 + (y - 10) * (y - 10) + (x - 8) * (x - 8)).squareRoot()
                    scan.append(max(0, 8 - r))
                    truth.append(r < 5 ? 1 : 0)
                    map.append(Float(x) / 16)
                }
            }
        }
        return try SliceFigure.Row(
            title: title, scan: Tensor(scan, shape: shape), truth: Tensor(truth, shape: shape),
            maps: [Tensor(truth, shape: shape), Tensor(map, shape: shape)], spacing: [3, 1, 1], captions: ["DSC 1.00"])
    }

    private func figures() throws -> [any Figure] {
        let weights = try Tensor((0..<(10 * 27)).map { Float($0 * 37 % 101) / 50 - 1 }, shape: [10, 1, 3, 3, 3])
        let flat = try Tensor((0..<(10 * 49)).map { Float($0 * 37 % 101) / 50 - 1 }, shape: [10, 7, 7])
        return [
            try SliceFigure(title: "Slices", columns: [("DWP", .mask), ("uncertainty", .heat)], rows: [slices()]),
            try KernelFigure(
                title: "Kernels", groups: [.init(title: "bank", kernels: weights), .init(title: "2D", kernels: flat)]),
            try CurveFigure(
                title: "Curves", xLabel: "step", yLabel: "loss",
                series: [
                    .init(
                        name: "RI", x: [5, 10, 15, 20], y: [0.62, 0.66, 0.7, .nan], errors: [0.02, 0.01, 0.01, 0.01]),
                    .init(
                        name: "long", x: (0..<100).map { Double($0) / 5 }, y: (0..<100).map { 0.5 + 1 / Double($0 + 5) }
                    ),
                ], smoothing: 9),
            try ReliabilityFigure(
                title: "Reliability",
                series: [
                    .init(
                        name: "DWP",
                        bins: [
                            .init(lower: 0, upper: 0.5, count: 1000, confidence: 0.2, frequency: 0.1),
                            .init(lower: 0.5, upper: 0.6, count: 0),
                            .init(lower: 0.6, upper: 1, count: 10, confidence: 0.8, frequency: 0.9),
                        ])
                ]),
        ]
    }

    @Test func areToldInALine() throws {
        #expect(
            try figures().map(\.summary) == [
                "Slices of volumes \"Slices\"; of subject 1; columns: scan, truth, DWP, uncertainty",
                "Kernels as coloured squares \"Kernels\"; of bank, 2D",
                "Curves \"Curves\"; of RI, long; loss over step",
                "Reliability curves \"Reliability\"; of DWP; share in the mask over probability given",
            ])
        let montage = try MontageFigure(
            scan: Tensor([1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2, 2]),
            mask: Tensor([Float](repeating: 1, count: 8), shape: [2, 2, 2]))
        #expect(montage.summary.hasPrefix("Slices of a volume; slices ") && montage.summary.hasSuffix("; with a mask"))
        let many = (1...14).map { HistogramFigure.Series(name: "s\($0)", values: [1, 2]) }
        #expect(try HistogramFigure(xLabel: "x", series: many).summary.hasSuffix("s12, and 2 more; count over x"))
    }

    /// Width and height as the PNG's own header says.
    private func pixels(_ png: Data) -> (Int, Int) {
        func number(_ start: Int) -> Int { png[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) } }
        return (number(16), number(20))
    }

    @Test func drawsPNG() throws {
        for figure in try figures() {
            let png = try figure.png()
            #expect(png.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            let (width, height) = pixels(png)
            #expect(width == Int((figure.size.width * 2).rounded(.up)))
            #expect(height == Int((figure.size.height * 2).rounded(.up)))
            // A blank page of that size compresses to far less.
            #expect(png.count > 4000)
            #expect(try figure.png() == png)
            #expect(try pixels(figure.png(scale: 1)).0 < width)
        }
    }

    @Test func drawsSVG() throws {
        for figure in try figures() {
            let svg = String(decoding: try figure.svg(), as: UTF8.self)
            #expect(svg.hasPrefix("<?xml") && svg.contains("</svg>"))
            #expect(svg.contains("<path") || svg.contains("<use"))
        }
    }

    /// The letters of the last column's title end before the figure does.
    @Test func longTitlesOfColumnsAreSmaller() throws {
        let figure = try SliceFigure(
            title: "", columns: [("DWP", .mask), ("uncertainty of its prediction", .heat)], rows: [slices()])
        let svg = String(decoding: try figure.svg(), as: UTF8.self)
        let places = svg.matches(of: #/<use [^>]* x="([0-9.]+)"/#).compactMap { Double($0.1) }
        #expect(places.count > 20)
        #expect(try #require(places.max()) < figure.size.width - 14)
    }

    @Test func writesByTheNamesEnding() throws {
        let folder = NSTemporaryDirectory() + "lunette-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let figure = try #require(try figures().first)
        try figure.write(to: folder + "/a.png")
        try figure.write(to: folder + "/a.SVG")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/a.png")) == figure.png())
        #expect(throws: FigureError.ending(path: "a.pdf")) { try figure.write(to: "a.pdf") }
        #expect(throws: FigureError.system(path: "/nowhere/a.png", reason: "No such file or directory")) {
            try figure.write(to: "/nowhere/a.png")
        }
    }

    @Test func choosesTheSliceWithMostTruth() throws {
        #expect(try slices().slice == 4)
        let scan = try Tensor.zeros([5, 4, 4])
        #expect(try SliceFigure.Row(title: "", scan: scan).slice == 3)
        #expect(try SliceFigure.Row(title: "", scan: scan, slice: 5).slice == 5)
        #expect(throws: FigureError.self) { try SliceFigure.Row(title: "", scan: scan, slice: 6) }
    }

    /// A slider goes through slices: how grey a scan is, and the colours of a map, depend on the whole volume.
    @Test func slicesOfOneVolumeAreComparable() throws {
        /// A first slice that is always the same, before one that ends at `most`.
        func volume(_ most: Float) throws -> Tensor {
            try Tensor((0..<32).map { $0 < 16 ? Float($0) / 16 : most * Float($0 - 15) / 16 }, shape: [2, 4, 4])
        }
        func firstSlice(scan: Float, map: Float) throws -> Data {
            let row = try SliceFigure.Row(title: "", scan: volume(scan), maps: [volume(map)], slice: 1)
            return try SliceFigure(columns: [("m", .heat)], rows: [row]).png()
        }
        let image = try firstSlice(scan: 1, map: 1)
        #expect(try firstSlice(scan: 1, map: 1) == image)
        #expect(try firstSlice(scan: 4, map: 1) != image)
        #expect(try firstSlice(scan: 1, map: 4) != image)
    }

    @Test func refusesWhatDoesNotFit() throws {
        let scan = try Tensor.zeros([5, 4, 4])
        #expect(throws: FigureError.self) {
            try SliceFigure.Row(title: "", scan: scan, maps: [Tensor.zeros([5, 4, 3])])
        }
        #expect(throws: FigureError.self) { try SliceFigure.Row(title: "", scan: Tensor.zeros([4, 4])) }
        #expect(throws: FigureError.self) { try SliceFigure.Row(title: "", scan: scan, spacing: [1, 0, 1]) }
        #expect(throws: FigureError.self) {
            try SliceFigure(columns: [("a", .mask)], rows: [.init(title: "", scan: scan)])
        }
        #expect(throws: FigureError.self) { try SliceFigure(rows: []) }
        #expect(throws: FigureError.self) { try KernelFigure.Group(title: "", kernels: Tensor.zeros([3, 3])) }
        #expect(throws: FigureError.self) { try KernelFigure(groups: []) }
        #expect(throws: FigureError.self) { try CurveFigure.Series(name: "", x: [1], y: []) }
        #expect(throws: FigureError.self) { try CurveFigure(xLabel: "", yLabel: "", series: []) }
        #expect(throws: FigureError.self) { try figures()[0].png(scale: 1e6) }
        #expect(throws: FigureError.self) { try figures()[0].png(scale: -1) }
    }

    /// Constant, empty and infinite data still make a picture.
    @Test func drawsWhatIsDegenerate() throws {
        for y in [[1.0, 1.0], [.nan, .nan], [.infinity, 1], [1e300, -1e300], [1e-300, 2e-300]] {
            let series = try CurveFigure.Series(name: "a", x: [0, 1], y: y)
            #expect(try CurveFigure(xLabel: "x", yLabel: "y", series: [series]).png().count > 1000)
        }
        let empty = try CurveFigure.Series(name: "a", x: [], y: [])
        #expect(try CurveFigure(xLabel: "x", yLabel: "y", series: [empty]).png().count > 1000)
        let scan = try Tensor([Float](repeating: .nan, count: 8), shape: [2, 2, 2])
        #expect(try SliceFigure(rows: [.init(title: "nan", scan: scan, truth: scan)]).png().count > 1000)
        let zeros = try KernelFigure(groups: [.init(title: "zeros", kernels: Tensor.zeros([2, 3, 3, 3]))])
        #expect(try zeros.png().count > 1000)
    }
}
