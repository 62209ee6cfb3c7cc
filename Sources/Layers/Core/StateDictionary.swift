import Support
import Tensors

extension [String: Tensor] {
    /// The tensors whose names begin with `prefix`, under their names without it.
    package func below(_ prefix: String) -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for (name, tensor) in self where name.hasPrefix(prefix) {
            result[String(name.dropFirst(prefix.count))] = tensor
        }
        return result
    }
}

/// Parameters and buffers by name: taken out and put in.
extension Layer {
    /// All parameters and buffers by their dotted paths; the tensors are the layer's own, not copies.
    public var stateDictionary: [String: Tensor] {
        Dictionary(namedState.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    }

    /// Replaces the values of the parameters and buffers by those of `state`.
    ///
    /// Shapes must be equal. With `strict`, the default, every one of them must be there and nothing else; without it
    /// the names that were missing and unexpected are returned. Nothing is changed when an error is thrown. Warns of
    /// values that are not finite, as of a network whose training diverged.
    @discardableResult
    public func load(
        _ state: [String: Tensor], strict: Bool = true
    ) throws(TensorError) -> (missing: [String], unexpected: [String]) {
        let own = namedState
        try require(
            strict || own.isEmpty || own.contains(where: { state[$0.name] != nil }), "load_state_dict", "state",
            "without any parameter of the network", expected: "parameters such as \(own[0].name)")
        let missing = own.filter { state[$0.name] == nil }
        let unexpected = Set(state.keys).subtracting(own.map(\.name)).sorted()
        if strict, let first = missing.first {
            throw .argument(
                operation: "load_state_dict", parameter: first.name, value: "missing (one of \(missing.count))",
                expected: "a tensor of shape \(first.tensor.shape.shapeText)")
        }
        if strict, let first = unexpected.first {
            throw .argument(
                operation: "load_state_dict", parameter: first, value: "unexpected (one of \(unexpected.count))",
                expected: "only parameters of the network, such as \(own.first?.name ?? "none")")
        }
        for (name, tensor) in own {
            if let source = state[name], source.shape != tensor.shape {
                throw .shape(
                    operation: "load_state_dict", parameter: name, shape: source.shape,
                    expected: tensor.shape.shapeText)
            }
        }
        try GradientMode.disabled { () throws(TensorError) in
            for (name, tensor) in own {
                if let source = state[name] { try tensor.assign(source) }
            }
        }
        if let name = own.first(where: { state[$0.name] != nil && !$0.tensor.values.allSatisfy(\.isFinite) })?.name {
            StandardStream.warnOnce("load_state_dict: '\(name)' holds NaN or infinity; did its training diverge?")
        }
        return (missing.map(\.name), unexpected)
    }
}
