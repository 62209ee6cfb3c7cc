import Figures
import Foundation
import Tensors
import Testing

/// Figures as lines of a terminal.
@Suite struct CellPictureTests {
    /// The smallest picture of numbers: 2 x 2 weights, of which the largest is red and the least blue.
    private func kernel() throws -> KernelFigure {
        try KernelFigure(
            groups: [.init(title: "k", kernels: Tensor([1, -1, 0, 1], shape: [1, 2, 2]))], columns: 1)
    }

    /// The lines of the figure's part that shows the kernel: it begins at column 2, below the title.
    private func text(_ figure: any Figure, _ colours: CellPicture.Colours, columns: Int = 60) throws -> [String] {
        try CellPicture(figure, columns: columns, rows: 20).text(colours).components(separatedBy: "\n")
    }

    /// A narrow terminal shows the same squares as a wide one.
    @Test(arguments: [30, 60])
    func aKernelInAllColours(columns: Int) throws {
        let lines = try text(kernel(), .full, columns: columns)
        let (white, red, blue, middle) = ("2;255;255;255", "2;103;0;31", "2;5;48;97", "2;247;247;247")
        let upper = "\u{1B}[48;\(white)m  \u{1B}[48;\(red)m  \u{1B}[48;\(blue)m  \u{1B}[48;\(white)m"
        let lower = "\u{1B}[48;\(white)m  \u{1B}[48;\(middle)m  \u{1B}[48;\(red)m  \u{1B}[48;\(white)m"
        let row = try #require(lines.firstIndex { $0.hasPrefix(upper) })
        #expect(lines[row + 1].hasPrefix(lower))
        #expect(lines.allSatisfy { $0.hasSuffix("\u{1B}[0m") })
    }

    @Test func aKernelInThePalette() throws {
        let lines = try text(kernel(), .palette)
        #expect(lines.contains { $0.hasPrefix("\u{1B}[48;5;231m  \u{1B}[48;5;52m  \u{1B}[48;5;23m  \u{1B}[48;5;231m") })
        #expect(!lines.joined().contains(";2;"))
    }

    @Test func aKernelInCharacters() throws {
        #expect(
            try text(kernel(), .none) == [
                "", "  k  ±1", "", "  @@%%", "    @@", "", "      ---:..   .::--=", "    − ---:..   .::--= +", "",
            ])
    }

    /// The key is whole where it needs a second line.
    @Test(arguments: [39, 79])
    func theKeyOfSlicesIsWhole(columns: Int) throws {
        let map = try Tensor.randn([4, 12, 10], generator: .init(seed: 1)).abs().scaled(by: 0.1)
        let row = try SliceFigure.Row(title: "s", scan: map, truth: map, maps: [map, map])
        let figure = try SliceFigure(columns: [("predicted", .mask), ("entropy", .heat)], rows: [row])
        let all = try text(figure, .none, columns: columns).joined(separator: "\n")
        let largest = try #require(map.values.max())
        for word in ["truth", "prediction", String(format: "%.3g", largest)] { #expect(all.contains(word), "\(word)") }
    }

    /// A cell's upper pixel is its ink, and its lower one the paper: neither rows nor halves can be exchanged unseen.
    @Test func halvesOfCellsInOrder() {
        let picture = CellPicture(columns: 2, rows: 2, pixels: [1, 2, 3, 4, 5, 6, 7, 8].map { $0 << 16 })
        let halves = { (upper: Int, lower: Int) in "\u{1B}[38;2;\(upper);0;0;48;2;\(lower);0;0m▀" }
        #expect(
            picture.text(.full) == """
                \(halves(1, 3))\(halves(2, 4))\u{1B}[0m
                \(halves(5, 7))\(halves(6, 8))\u{1B}[0m
                """)
    }

    /// The last line of voxels is on top, and the first of each line on the left.
    @Test func aSliceStandsUpright() throws {
        let values = (0..<4096).map { Float($0 / 64 >= 48 && $0 % 64 < 16 ? 1 : 0) }
        let scan = try Tensor(values, shape: [1, 64, 64])
        let lines = try text(MontageFigure(scan: scan, slices: [1]), .none, columns: 60)
        let dark = lines.filter { $0.contains("@@") }.map { $0.trimmingCharacters(in: .whitespaces).count }
        let (first, last) = (try #require(dark.first), try #require(dark.last))
        #expect(Double(first) < 0.85 * Double(last))
        let start = { (line: String) in line.prefix { $0 == " " }.count }
        let top = try #require(lines.first { $0.contains("@@") })
        let bottom = try #require(lines.last { $0.contains("@@") })
        #expect(start(top) > start(bottom))
    }

    /// Letters are written, not drawn: what a plot says can be read, and searched, in the terminal.
    @Test(arguments: [40, 80, 200])
    func aPlotCanBeRead(columns: Int) throws {
        let series = try CurveFigure.Series(name: "loss", x: [1, 2, 3], y: [0.9, 0.6, 0.5])
        let figure = try CurveFigure(title: "Training", xLabel: "epoch", yLabel: "nats", series: [series])
        let lines = try text(figure, .none, columns: columns)
        for word in ["Training", "epoch", "loss", "0.9", "1", "2", "3"] {
            #expect(lines.contains { $0.contains(word) }, "\(word)")
        }
        #expect(lines.allSatisfy { $0.count <= columns })
        #expect(lines.count <= 20)
        // The name of the y axis runs down.
        let downwards = (0..<columns).map { column in
            lines.map { $0.count > column ? String(Array($0)[column]) : " " }.joined()
        }
        #expect(downwards.contains { $0.contains("nats") })
    }

    @Test(arguments: [20, 40, 80, 200], [5, 24, 60])
    func slicesFit(columns: Int, rows: Int) throws {
        let scan = try Tensor.randn([10, 12, 9], generator: .init(seed: 1))
        let figure = try MontageFigure(scan: scan, mask: scan, uncertainty: scan)
        let lines = try CellPicture(figure, columns: columns, rows: rows).text(.none).components(separatedBy: "\n")
        #expect(lines.allSatisfy { $0.count <= columns })
        #expect(rows < 24 || lines.count <= rows)
        #expect(lines.contains { $0.contains("slice") })
    }

    /// Pictures of numbers beyond all bounds, and of no size to speak of, are still pictures.
    @Test func whatIsDegenerate() throws {
        let scan = try Tensor([.nan, .infinity, -.infinity, 0], shape: [1, 2, 2])
        for columns in [1, 2, 7] {
            let montage = try MontageFigure(scan: scan, mask: scan, uncertainty: scan)
            #expect(try text(montage, .full, columns: columns).contains { !$0.isEmpty })
            #expect(try text(kernel(), .palette, columns: columns).contains { !$0.isEmpty })
        }
    }
}
