import Tensors

/// Layers as text.
extension Layer {
    /// The tree of layers, a line each: name, summary, shapes of its parameters and their number.
    public var treeDescription: String { lines(name: "", indent: "").joined(separator: "\n") }

    private func lines(name: String, indent: String) -> [String] {
        let line = indent + (name.isEmpty ? "" : name + ": ") + summary
        let numbers = parameterSummary.isEmpty ? "" : "  [\(parameterSummary)]"
        return [line + numbers] + children.flatMap { $0.layer.lines(name: $0.name, indent: indent + "  ") }
    }

    /// The shapes of the layer's own parameters and the number of all: "weight 16x1x3x3x3, 432 parameters"; empty where
    /// there are none.
    package var parameterSummary: String {
        let count = parameterCount
        guard count > 0 else { return "" }
        let shapes = parameters.map { name, tensor in
            "\(name) \(tensor.shape.shapeText)\(tensor.requiresGradient ? "" : " frozen")"
        }
        return (shapes + ["\(count.grouped) parameters"]).joined(separator: ", ")
    }
}

extension [Int] {
    /// One number where all values are equal, else the list of them.
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
