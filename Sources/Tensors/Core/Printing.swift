import Foundation
import Kernels
import Support

extension Tensor: CustomStringConvertible {
    /// Tensors of more elements than this are described by their summary.
    private static let mostPrinted = 1000
    /// The elements that a summary shows.
    private static let fewElements = 4
    /// Rows longer than this many characters are broken.
    private static let lineWidth = 100

    /// The elements and the shape, as `write` puts them; of more than 1000 elements, the summary.
    public var description: String {
        guard Swift.max(count, Shape.emptyRows(shape)) <= Self.mostPrinted else { return summary }
        var text = ""
        // The only error is an interrupt, after which nobody reads the text.
        try? write { text += $0 }
        return text
    }

    /// One line: the shape, the smallest, mean and largest element, how many are NaN or infinite, and the first few.
    ///
    /// Smallest, mean and largest are those of the finite elements.
    public var summary: String {
        var line = "tensor \(shape.shapeText) float32\(gradientText)"
        guard count > 0 else { return line + ", empty" }
        let statistics = finiteStatistics
        let finite = count - statistics.nanCount - statistics.infinityCount
        func short(_ value: Double) -> String { formatted("%.4g", value) }
        if finite > 0 {
            line += ", min \(short(Double(statistics.minimum))), mean \(short(statistics.sum / Double(finite)))"
            line += ", max \(short(Double(statistics.maximum)))"
        }
        if statistics.nanCount > 0 { line += ", \(statistics.nanCount) NaN" }
        if statistics.infinityCount > 0 { line += ", \(statistics.infinityCount) Inf" }
        var first: [String] = []
        visit(first: Self.fewElements) { first.append($0.isNaN ? "nan" : short(Double($0))) }
        return line + ": " + first.joined(separator: ", ") + (count > first.count ? ", ..." : "")
    }

    /// The extremes and the sum of the finite elements, and how many are not finite.
    var finiteStatistics: FiniteStatistics { FiniteStatistics(pointer, shape: shape, strides: strides) }

    private var gradientText: String { requiresGradient ? ", requires_grad" : "" }

    /// Writes all elements, in pieces, as nested Lua tables in aligned columns, followed by the shape: "{1, 2, 3} [3]".
    /// An empty tensor of more than 1000 rows is written in short: "{} [1x4x2147483648x0]".
    ///
    /// Numbers have four decimals, or an exponent where their sizes differ too much for that, or neither where all are
    /// whole.
    public func write(_ output: (String) -> Void) throws(TensorError) {
        guard Shape.emptyRows(shape) <= Self.mostPrinted else {
            return output("{} [\(shape.shapeText)\(gradientText)]")
        }
        var range = NumberRange()
        visit(first: count) { range.include($0) }
        if Interrupt.isRequested { throw .interrupted }
        let (format, width) = (range.format, range.width)
        var text = ""
        try write(dim: 0, at: 0, perLine: Swift.max(1, (Self.lineWidth - rank) / (width + 2)), to: &text) {
            place, text throws(TensorError) in
            let number = format.text(pointer[place])
            text += String(repeating: " ", count: Swift.max(width - number.count, 0)) + number
            guard text.utf8.count > 1 << 16 else { return }
            if Interrupt.isRequested { throw .interrupted }
            output(text)
            text = ""
        }
        output(text + " [\(shape.shapeText)\(gradientText)]")
    }

    /// Calls `body` with the first `limit` elements, in order.
    private func visit(first limit: Int, _ body: (Float) -> Void) {
        var left = limit
        func visit(dim: Int, at place: Int) {
            if dim == rank {
                body(pointer[place])
                left -= 1
                return
            }
            var index = 0
            while index < shape[dim], left > 0, index & 0xFFF != 0xFFF || !Interrupt.isRequested {
                visit(dim: dim + 1, at: place + index * strides[dim])
                index += 1
            }
        }
        visit(dim: 0, at: 0)
    }

    /// Writes the dimensions from `dim` on as nested tables, each number as `write` does.
    private func write(
        dim: Int, at place: Int, perLine: Int, to text: inout String,
        number write: (Int, inout String) throws(TensorError) -> Void
    ) throws(TensorError) {
        if dim == rank { return try write(place, &text) }
        // Blocks of two and more dimensions stand apart by empty lines.
        let newLine =
            "," + String(repeating: "\n", count: Swift.max(1, rank - dim - 1)) + String(repeating: " ", count: dim + 1)
        text += "{"
        for index in 0..<shape[dim] {
            if index > 0 { text += dim == rank - 1 && index % perLine != 0 ? ", " : newLine }
            try self.write(
                dim: dim + 1, at: place + index * strides[dim], perLine: perLine, to: &text, number: write)
        }
        text += "}"
    }
}

/// What must be known of the numbers of a tensor to write them all alike.
private struct NumberRange {
    private var least = Float.infinity
    private var largest = -Float.infinity
    /// The smallest magnitude above 0.
    private var smallest = Float.infinity
    private var isWhole = true
    /// Those that are not finite, each kind once.
    private var odd: Set<String> = []

    mutating func include(_ value: Float) {
        guard value.isFinite else {
            odd.insert(NumberFormat.whole.text(value))
            return
        }
        (least, largest) = (min(least, value), max(largest, value))
        if value != 0 { smallest = min(smallest, value.magnitude) }
        if value != value.rounded() { isWhole = false }
    }

    /// How the numbers are written.
    var format: NumberFormat {
        let most = max(largest.magnitude, least.magnitude)
        if least > largest || most == 0 || most < 1e6 && isWhole { return .whole }
        return most >= 1e6 || smallest < 1e-4 || most / smallest > 1e5 ? .exponents : .decimals
    }

    /// The number of characters of the longest number.
    var width: Int {
        let ends = least > largest ? [] : [format.text(least), format.text(largest)]
        return (ends + odd).map(\.count).max() ?? 0
    }
}

/// How the numbers of one tensor are written, all alike.
private enum NumberFormat {
    case whole, decimals, exponents

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
