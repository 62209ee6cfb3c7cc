import Foundation
import Kernels

extension Tensor: CustomStringConvertible {
    /// Tensors of more elements than this are printed by their edges.
    private static let mostPrinted = 1000
    /// The elements printed at each end of a dimension that is cut short.
    private static let edge = 3
    /// Rows longer than this many characters are broken.
    private static let lineWidth = 100

    /// The elements as nested Lua tables in aligned columns, followed by the shape: "{1, 2, 3} [3]".
    ///
    /// Numbers have four decimals, or an exponent where their sizes differ too much for that, or neither where all are
    /// whole. Of more than 1000 elements, the first and last three along each dimension are printed.
    public var description: String {
        let suffix = " [\(shape.shapeText)\(requiresGradient ? ", requires_grad" : "")]"
        let cut = count > Self.mostPrinted
        let kept = shape.map { size in
            cut && size > 2 * Self.edge ? Array(0..<Self.edge) + Array(size - Self.edge..<size) : Array(0..<size)
        }
        var printed: [Float] = []
        visit(kept, dim: 0, at: 0) { printed.append($0) }
        let format = NumberFormat(for: printed)
        let texts = printed.map(format.text)
        let width = texts.map(\.count).max() ?? 0
        var next = texts.makeIterator()
        var text = ""
        write(kept, dim: 0, width: width, to: &text) {
            let number = next.next() ?? ""
            return String(repeating: " ", count: width - number.count) + number
        }
        return text + suffix
    }

    /// One line: the shape, the smallest, mean and largest element, how many are NaN, and the first few elements.
    public var summary: String {
        var line = "tensor \(shape.shapeText) float32"
        guard count > 0 else { return line + ", empty" }
        let statistics = Statistics(pointer, shape: shape, strides: strides)
        let numbers = count - statistics.nanCount
        func short(_ value: Double) -> String { formatted("%.4g", value) }
        if numbers > 0 {
            line += ", min \(short(Double(statistics.minimum))), mean \(short(statistics.sum / Double(numbers)))"
            line += ", max \(short(Double(statistics.maximum)))"
        }
        if statistics.nanCount > 0 { line += ", \(statistics.nanCount) NaN" }
        var first: [String] = []
        let few = 4
        let kept = shape.map { Array(0..<Swift.min($0, few)) }
        visit(kept, dim: 0, at: 0) { if first.count < few { first.append(short(Double($0))) } }
        return line + ": " + first.joined(separator: ", ") + (count > first.count ? ", ..." : "")
    }

    /// Calls `body` with the elements at the indices `kept`, in order.
    private func visit(_ kept: [[Int]], dim: Int, at place: Int, _ body: (Float) -> Void) {
        if dim == rank { return body(pointer[place]) }
        for index in kept[dim] { visit(kept, dim: dim + 1, at: place + index * strides[dim], body) }
    }

    /// Writes the dimensions from `dim` on as nested tables, each number as `next` gives it.
    private func write(_ kept: [[Int]], dim: Int, width: Int, to text: inout String, next: () -> String) {
        if dim == rank {
            text += next()
            return
        }
        let perLine = dim == rank - 1 ? Swift.max(1, (Self.lineWidth - rank) / (width + 2)) : 1
        // Blocks of two and more dimensions stand apart by empty lines.
        let newLine =
            "," + String(repeating: "\n", count: Swift.max(1, rank - dim - 1)) + String(repeating: " ", count: dim + 1)
        text += "{"
        for (place, index) in kept[dim].enumerated() {
            let separator = place % perLine == 0 ? newLine : ", "
            if place > 0 { text += separator }
            if place == Self.edge, index != Self.edge { text += "..." + separator }
            write(kept, dim: dim + 1, width: width, to: &text, next: next)
        }
        text += "}"
    }
}

/// How the numbers of one tensor are written, all alike.
private enum NumberFormat {
    case whole, decimals, exponents

    init(for values: [Float]) {
        let finite = values.filter(\.isFinite)
        let sizes = finite.map(\.magnitude).filter { $0 > 0 }
        guard let largest = sizes.max(), let smallest = sizes.min() else {
            self = .whole
            return
        }
        self =
            if largest < 1e6, finite.allSatisfy({ $0 == $0.rounded() }) {
                .whole
            } else if largest >= 1e6 || smallest < 1e-4 || largest / smallest > 1e5 {
                .exponents
            } else {
                .decimals
            }
    }

    func text(_ value: Float) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value > 0 ? "inf" : "-inf" }
        return switch self {
        case .whole: formatted("%.0f", Double(value))
        case .decimals: formatted("%.4f", Double(value))
        case .exponents: formatted("%.3e", Double(value))
        }
    }
}

/// A number as C's printf writes it.
private func formatted(_ format: String, _ value: Double) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
        let length = withVaList([value]) { vsnprintf(buffer.baseAddress, buffer.count, format, $0) }
        return String(decoding: buffer.prefix(Int(length)).map(UInt8.init(truncatingIfNeeded:)), as: UTF8.self)
    }
}
