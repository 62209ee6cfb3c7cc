import Tensors

/// Layers as text.
extension Layer {
    /// The tree of layers, a line each: name, summary, shapes of its parameters and their number.
    public var treeDescription: String { lines(name: "", indent: "").joined(separator: "\n") }

    private func lines(name: String, indent: String) -> [String] {
        var line = indent + (name.isEmpty ? "" : name + ": ") + summary
        let shapes = parameters.map { name, tensor in
            "\(name) \(tensor.shape.shapeText)\(tensor.requiresGradient ? "" : " frozen")"
        }
        let count = parameterCount
        if count > 0 { line += "  [\((shapes + ["\(count.grouped) parameters"]).joined(separator: ", "))]" }
        return [line] + children.flatMap { $0.layer.lines(name: $0.name, indent: indent + "  ") }
    }
}

extension [Int] {
    /// The number that all values are, or the list of them.
    var optionText: String {
        if let first, allSatisfy({ $0 == first }) { return "\(first)" }
        return "{\(map(String.init).joined(separator: ", "))}"
    }
}

extension Int {
    /// The number with a comma after each group of three digits.
    package var grouped: String {
        var digits = Array(String(magnitude))
        for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
        return (self < 0 ? "-" : "") + String(digits)
    }
}
