import Synchronization

/// Looks at the result of every operation, and at every gradient, for NaN and infinity: the first one is an error that
/// names the operation and, within a network, the layer. Off unless it is asked for, as it reads all numbers once more.
public enum NumericsCheck {
    private static let enabled = Atomic<Bool>(false)
    /// The layers whose operations run here, outermost first.
    @TaskLocal private static var layers: [String] = []

    /// Whether operations are looked at, by all threads; false at first.
    public static var isEnabled: Bool {
        get { enabled.load(ordering: .relaxed) }
        set { enabled.store(newValue, ordering: .relaxed) }
    }

    /// Runs `body`, whose operations are those of `layer`, a part of the layer around it.
    package static func inside<Result>(
        _ layer: @autoclosure () -> String, _ body: () throws(TensorError) -> Result
    ) throws(TensorError) -> Result {
        guard isEnabled else { return try body() }
        let layer = layer()
        return try layer.isEmpty ? body() : $layers.with(layers + [layer], body)
    }

    /// The path of the layer whose operations run here; empty outside layers, and while nothing is looked at.
    static var layer: String { isEnabled ? layers.joined(separator: ".") : "" }

    /// An error where `result` is not finite; it tells whether the first such numbers were among the inputs.
    static func look(
        at result: Tensor, of operation: Operation, _ inputs: [Tensor]
    ) throws(TensorError) {
        // A view computes nothing.
        guard !inputs.contains(where: { $0.storage === result.storage }), let found = oddNumbers(of: result) else {
            return
        }
        for (place, input) in inputs.enumerated() {
            if let given = oddNumbers(of: input) { throw error(operation.rawValue, "input \(place + 1)", given) }
        }
        throw error(operation.rawValue, "the result of finite inputs", found)
    }

    /// An error where a gradient that `operation` of `layer` gives to an input is not finite.
    static func look(at gradients: [Tensor?], of operation: Operation, in layer: String) throws(TensorError) {
        for (place, gradient) in gradients.enumerated() {
            guard let found = gradient.flatMap(oddNumbers) else { continue }
            let error = error("backward of " + operation.rawValue, "the gradient of input \(place + 1)", found)
            throw layer.isEmpty ? error : .inside(path: layer, error)
        }
    }

    private static func error(_ operation: String, _ parameter: String, _ found: String) -> TensorError {
        .argument(operation: operation, parameter: parameter, value: found, expected: "finite numbers")
    }

    /// "NaN in 3 and infinite in 1 of 2x5 numbers"; nil where all are finite.
    private static func oddNumbers(of tensor: Tensor) -> String? {
        let statistics = tensor.finiteStatistics
        let parts = [("NaN", statistics.nanCount), ("infinite", statistics.infinityCount)].filter { $0.1 > 0 }
        guard !parts.isEmpty else { return nil }
        let counts = parts.map { "\($0.0) in \($0.1)" }.joined(separator: " and ")
        return "\(counts) of \(tensor.shape.shapeText) numbers"
    }
}
