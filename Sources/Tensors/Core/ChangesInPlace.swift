/// Changes in place as gradients see them: what was written, and to which elements of which tensor.
extension Tensor {
    /// Prepares for a change in place that is not recorded: tells the graph, and throws where a gradient would miss it.
    ///
    /// A tensor that requires a gradient can be changed in this way within no_grad only.
    public func prepareForChange(_ operation: String) throws(TensorError) {
        try requireChangeable(operation)
        guard !(requiresGradient && GradientMode.isEnabled) else { throw Self.unrecordable(operation) }
        noteChange()
    }

    /// Tells the graph that the elements have changed.
    func noteChange() { storage.noteChange() }

    /// Refuses a change in place of a leaf that requires a gradient, or of a view of one, unless it is within no_grad;
    /// and of an expanded tensor, whose elements share places in memory.
    func requireChangeable(_ operation: String) throws(TensorError) {
        let whole = base ?? self
        if GradientMode.isEnabled, [self, whole].contains(where: { $0.requiresGradient && $0.isLeaf }) {
            throw Self.unrecordable(operation)
        }
        guard !repeatsElements, !whole.repeatsElements else {
            throw .gradient(reason: "\(operation): an expanded tensor cannot be changed in place (clone it first)")
        }
    }

    private static func unrecordable(_ operation: String) -> TensorError {
        .gradient(
            reason: "\(operation): a tensor that requires a gradient can be changed in place within no_grad only")
    }

    private var repeatsElements: Bool { count > 0 && shape.indices.contains { strides[$0] == 0 && shape[$0] > 1 } }

    /// Whether a change in place by the elements of `sources` is to be recorded.
    func recordsChange(by sources: [Tensor]) -> Bool {
        GradientMode.isEnabled
            && (requiresGradient || base?.requiresGradient == true || sources.contains(where: \.requiresGradient))
    }

    /// Records that all elements were replaced by those of `source`, which broadcasts to this shape: this tensor, its
    /// base where it is a view, and all views of the base become results of the assignment.
    func recordAssignment(of source: Tensor) {
        let whole = base ?? self
        let window = base.map { Window(of: self, in: $0) }
        let (before, replacement) = (GradientTarget(whole), GradientTarget(source))
        let node = Node(.assign, inputs: [whole, source], keeping: []) { gradient throws(TensorError) in
            guard let window else {
                return [
                    try before.requiresGradient ? gradient.zerosLike() : nil, try gradient.summed(to: replacement),
                ]
            }
            let rest = try window.whole(gradient)
            let part = window.part(of: rest)
            let written = try replacement.requiresGradient ? part.copied().summed(to: replacement) : nil
            // The elements that were overwritten no longer affect the result, so their gradient is 0.
            try part.fill(0)
            return [before.requiresGradient ? rest : nil, written]
        }
        whole.becomeResult(of: node)
    }
}

extension Node {
    /// The operation that makes a view of `base`; nil where `base` requires no gradient.
    convenience init?(viewing view: Tensor, of base: Tensor) {
        guard base.requiresGradient else { return nil }
        let window = Window(of: view, in: base)
        self.init(.asStrided, inputs: [base], keeping: []) { gradient throws(TensorError) in
            let whole = try window.whole(nil)
            let part = window.part(of: whole)
            // Elements that an expanded view repeats get the sum of their gradients.
            let repeated = part.shape.indices.filter { part.shape[$0] == 1 && gradient.shape[$0] != 1 }
            try part.assign(repeated.isEmpty ? gradient : gradient.sum(indices: repeated, keepDims: true))
            return [whole]
        }
    }
}

/// The place of a view's elements among those of its base.
private struct Window {
    private let shape: [Int]
    private let strides: [Int]
    private let offset: Int
    private let baseShape: [Int]
    private let baseStrides: [Int]

    init(of view: Tensor, in base: Tensor) {
        (strides, baseShape, baseStrides) = (view.strides, base.shape, base.strides)
        // An expanded dimension repeats one element in memory, so its size counts as 1.
        shape = view.shape.indices.map { view.strides[$0] == 0 ? Swift.min(view.shape[$0], 1) : view.shape[$0] }
        offset = view.count > 0 ? view.offset - base.offset : 0
    }

    /// A copy of `values`, of the base's shape, or zeros, laid out as the base is.
    func whole(_ values: Tensor?) throws(TensorError) -> Tensor {
        let isEmpty = baseShape.contains(0)
        let span = isEmpty ? 0 : baseShape.indices.reduce(1) { $0 + (baseShape[$1] - 1) * baseStrides[$1] }
        let storage = try Storage(count: span)
        storage.pointer.update(repeating: 0, count: span)
        let result = Tensor(storage: storage, shape: baseShape, strides: baseStrides)
        values?.copyElements(to: result.pointer, strides: baseStrides)
        return result
    }

    /// The view's elements within a tensor that `whole(_:)` made.
    func part(of whole: Tensor) -> Tensor {
        Tensor(storage: whole.storage, shape: shape, strides: strides, offset: offset)
    }
}
