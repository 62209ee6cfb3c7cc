import Tensors

/// Which parameters are trained.
extension Layer {
    /// Lets gradients reach the layers `paths` ("init_conv", "down1") and what lies below them, and nothing else.
    ///
    /// A path that names nothing is an error.
    public func freeze(except paths: [String]) throws(TensorError) {
        let trained = try parameters(below: paths)
        for (_, tensor) in namedParameters {
            try tensor.setTrained(trained.contains { $0 === tensor })
        }
    }

    /// Keeps gradients from the layers `paths` and what lies below them; the others stay as they are.
    ///
    /// A path that names nothing is an error, and so is no path.
    public func freeze(_ paths: [String]) throws(TensorError) {
        try require(!paths.isEmpty, "freeze", "paths", "empty", expected: "at least one path")
        for tensor in try parameters(below: paths) { try tensor.setTrained(false) }
    }

    /// Lets gradients reach all parameters again.
    public func unfreeze() throws(TensorError) {
        for (_, tensor) in namedParameters { try tensor.setTrained(true) }
    }

    /// The parameters whose paths are one of `paths` or continue one.
    private func parameters(below paths: [String]) throws(TensorError) -> [Tensor] {
        let all = parametersByPath
        var result: [Tensor] = []
        for path in paths {
            let found = all.filter { $0.name == path || $0.name.hasPrefix(path + ".") }
            guard !found.isEmpty else {
                let names = children.isEmpty ? all.map(\.name) : children.map(\.name)
                throw .argument(
                    operation: "freeze", parameter: "path", value: "'\(path)'",
                    expected: "a layer with parameters, such as \(names.joined(separator: ", "))")
            }
            result += found.map(\.tensor)
        }
        return result
    }
}

extension Tensor {
    /// Makes this parameter one that is trained, or one that is not and has no gradient.
    fileprivate func setTrained(_ trained: Bool) throws(TensorError) {
        try requireGradient(trained)
        if !trained { gradient = nil }
    }
}
