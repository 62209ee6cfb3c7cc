import Support
import Synchronization

/// One operation of the graph: what it was computed from, and how a gradient goes back through it.
public final class Node {
    /// A derivative: the gradient of the result in, the gradients of the inputs out (nil where an input needs none).
    public typealias Derivative = (Tensor) throws(TensorError) -> [Tensor?]

    /// Where the gradient of an input goes on to.
    enum Edge {
        /// To the operation that made the input.
        case node(Node)
        /// To a leaf.
        case leaf(Tensor)
        /// Nowhere: the input needs none.
        case none

        init(to input: Tensor) {
            self =
                if let node = input.node {
                    .node(node)
                } else {
                    input.requiresGradient ? .leaf(input) : .none
                }
        }
    }

    /// A tensor that the derivative reads; `gradients(for:)` throws where it has changed since.
    private struct Reading {
        let changes: ChangeCounter
        let count: Int
        let shape: [Int]

        init(_ tensor: Tensor) {
            changes = tensor.storage.changes
            count = changes.count
            shape = tensor.shape
        }
    }

    /// The operation.
    public let operation: Operation
    /// Where the gradients of the inputs go on to. Only leaves are held: other inputs can be freed, unless the
    /// derivative keeps them.
    private(set) var edges: [Edge]
    /// A number that grows along the graph: an operation's is above those of all that it was computed from.
    let order: Int
    private var derivative: Derivative?
    private let readings: [Reading]
    /// The layer that the operation is one of, where `NumericsCheck` may have to tell.
    private let layer = NumericsCheck.layer

    private static let created = Atomic<Int>(0)

    init(_ operation: Operation, inputs: [Tensor], keeping kept: [Tensor], derivative: @escaping Derivative) {
        self.operation = operation
        edges = inputs.map(Edge.init)
        self.derivative = derivative
        readings = kept.map(Reading.init)
        order = Self.created.add(1, ordering: .relaxed).newValue
    }

    /// The operations that made the inputs.
    public var sources: [Node] {
        edges.compactMap { if case .node(let node) = $0 { node } else { nil } }
    }

    // Left to ARC, freeing a long chain would recurse once a link and overflow the stack: the chain is taken apart
    // here.
    deinit {
        var pending: [Node] = []
        release(into: &pending)
        while var node = pending.popLast() {
            if isKnownUniquelyReferenced(&node) { node.release(into: &pending) }
        }
    }

    /// Gives up what the derivative keeps. The inputs' operations go into `pending` first, as tensors that the
    /// derivative keeps may hold the last references to them.
    fileprivate func release(into pending: inout [Node]) {
        pending += sources
        edges = []
        derivative = nil
    }

    fileprivate func gradients(for gradient: Tensor) throws(TensorError) -> [Tensor?] {
        OperationProfile.enter(operation.rawValue, isBackward: true)
        defer { OperationProfile.leave() }
        guard let derivative else {
            throw .gradient(
                reason: "backward: the graph was freed by an earlier backward (pass retain_graph = true to keep it)")
        }
        for reading in readings where reading.changes.count != reading.count {
            throw .gradient(
                reason: "backward: a tensor of shape \(reading.shape.shapeText) that the gradient of "
                    + "\(operation.rawValue) needs was changed in place afterwards (clone it first)")
        }
        let gradients = try derivative(gradient)
        if NumericsCheck.isEnabled { try NumericsCheck.look(at: gradients, of: operation, in: layer) }
        return gradients
    }
}

/// Whether operations are recorded; each task and thread has its own setting.
public enum GradientMode {
    @TaskLocal private static var enabled = true

    /// Whether operations are being recorded here.
    public static var isEnabled: Bool { enabled }

    /// Runs `body` without recording what it computes.
    public static func disabled<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result
    {
        try $enabled.with(false, body)
    }
}

extension TaskLocal {
    /// Runs `body` with this value in its task; errors keep their type, which those of `withValue` do not.
    func with<Result, Failure: Error>(
        _ value: Value, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withValue(value) { () -> Swift.Result<Result, Failure> in
            do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
        }.get()
    }
}

extension Tensor {
    /// Records that this tensor is the result of `operation`, where any of `inputs` requires a gradient.
    ///
    /// The derivative is made where it is needed, and runs without recording. Name in `kept` the tensors whose elements
    /// it reads (the inputs by default), so that a change in place is noticed. The derivative must hold neither this
    /// tensor nor the inputs: a change in place may make them results of this operation, a cycle of references that is
    /// never freed. Let it hold their `detached()`, or a `GradientTarget`.
    @discardableResult
    public func recorded(
        _ operation: Operation, _ inputs: [Tensor], keeping kept: [Tensor]? = nil,
        derivative: @autoclosure () -> Node.Derivative
    ) throws(TensorError) -> Tensor {
        if Interrupt.isRequested { throw .interrupted }
        if OperationProfile.isTaken { noteEnd(of: operation, inputs) }
        if NumericsCheck.isEnabled { try NumericsCheck.look(at: self, of: operation, inputs) }
        if let input = inputs.first, input.storage === storage { becomeView(of: input) }
        if inputs.contains(where: \.requiresGradient), GradientMode.isEnabled {
            node = Node(operation, inputs: inputs, keeping: kept ?? inputs, derivative: derivative())
        }
        return self
    }

    /// Tells the profile that an operation has ended, which began when its result's storage was made; views make none.
    @inline(never)
    private func noteEnd(of operation: Operation, _ inputs: [Tensor]) {
        let isView = inputs.contains { $0.storage === storage }
        OperationProfile.finish(operation.rawValue, start: isView ? nil : storage.moment)
    }

    /// Which of `tensors` this tensor was computed from, as far as that was recorded.
    public func dependsOn(_ tensors: [Tensor]) -> [Bool] {
        var found: Set<ObjectIdentifier> = node == nil ? [ObjectIdentifier(self)] : []
        var pending = node.map { [$0] } ?? []
        var seen = Set(pending.map(ObjectIdentifier.init))
        while let next = pending.popLast() {
            for edge in next.edges {
                switch edge {
                case .node(let source): if seen.insert(ObjectIdentifier(source)).inserted { pending.append(source) }
                case .leaf(let leaf): found.insert(ObjectIdentifier(leaf))
                case .none: break
                }
            }
        }
        return tensors.map { tensor in
            tensor.node.map { seen.contains(ObjectIdentifier($0)) } ?? found.contains(ObjectIdentifier(tensor))
        }
    }

    /// Adds to each leaf's `gradient` the derivative of this tensor with respect to that leaf.
    ///
    /// - Parameters:
    ///   - gradient: The derivative of the final result with respect to this tensor, of its shape; 1 by default, which
    ///     needs a tensor of one element.
    ///   - retainGraph: Whether the graph is kept for another call; it is freed on the way by default.
    public func backward(gradient: Tensor? = nil, retainGraph: Bool = false) throws(TensorError) {
        try propagate(gradient, retainGraph: retainGraph) { leaf, part throws(TensorError) in
            leaf.gradient = try leaf.sum(leaf.gradient, part)
        }
    }

    /// The derivatives of this scalar by `leaves`; zeros where it does not depend on one.
    ///
    /// The graph is freed, and no leaf's `gradient` changes: several threads can do this for graphs that share leaves.
    /// The derivatives may share storages.
    public func gradients(of leaves: [Tensor]) throws(TensorError) -> [Tensor] {
        var sums: [ObjectIdentifier: Tensor] = [:]
        let wanted = Set(leaves.map(ObjectIdentifier.init))
        try propagate(nil, retainGraph: false) { leaf, part throws(TensorError) in
            let key = ObjectIdentifier(leaf)
            if wanted.contains(key) { sums[key] = if let sum = sums[key] { try sum + part } else { part } }
        }
        return try leaves.map { leaf throws(TensorError) in
            if let sum = sums[ObjectIdentifier(leaf)] { sum } else { try leaf.zerosLike() }
        }
    }

    /// Carries `gradient`, 1 by default, back to the leaves; `reach` is called with each part that arrives at a leaf.
    private func propagate(
        _ gradient: Tensor?, retainGraph: Bool, reach: (_ leaf: Tensor, _ part: Tensor) throws(TensorError) -> Void
    ) throws(TensorError) {
        guard requiresGradient else {
            throw .gradient(reason: "backward: nothing that this tensor was computed from requires a gradient")
        }
        if let gradient, gradient.shape != shape {
            throw .shape(operation: "backward", parameter: "gradient", shape: gradient.shape, expected: shape.shapeText)
        }
        guard gradient != nil || count == 1 else {
            throw .shape(
                operation: "backward", parameter: "self", shape: shape, expected: "a scalar, or a gradient of its shape"
            )
        }
        try GradientMode.disabled { () throws(TensorError) in
            let seed = if let gradient { gradient } else { try Tensor.full(shape, 1) }
            guard let node else { return try reach(self, seed) }
            try Self.propagate(seed, from: node, retainGraph: retainGraph, reach: reach)
        }
    }

    private static func propagate(
        _ seed: Tensor, from root: Node, retainGraph: Bool,
        reach: (_ leaf: Tensor, _ part: Tensor) throws(TensorError) -> Void
    ) throws(TensorError) {
        OperationProfile.enter("sums of gradients", isBackward: true)
        defer { OperationProfile.leave() }
        var waiting: [ObjectIdentifier: Tensor] = [ObjectIdentifier(root): seed]
        for node in root.reachable() {
            guard let gradient = waiting.removeValue(forKey: ObjectIdentifier(node)) else { continue }
            if Interrupt.isRequested { throw .interrupted }
            let parts = try node.gradients(for: gradient)
            let edges = node.edges
            // Released before the parts are added up, as what the derivative kept may take as much memory as they do.
            if !retainGraph {
                var released: [Node] = []
                node.release(into: &released)
            }
            for (edge, part) in zip(edges, parts) {
                guard let part else { continue }
                switch edge {
                case .node(let source):
                    let key = ObjectIdentifier(source)
                    waiting[key] = if let sum = waiting[key] { try sum + part } else { part }
                // A leaf may have been told since that it requires no gradient.
                case .leaf(let leaf): if leaf.requiresGradient { try reach(leaf, part) }
                case .none: continue
                }
            }
        }
    }

    /// The gradient `sum` of this leaf plus `part`; the first part is copied, in the leaf's layout.
    private func sum(_ sum: Tensor?, _ part: Tensor) throws(TensorError) -> Tensor {
        if let sum { return try sum + part }
        let copy = try emptyLike()
        part.copyElements(to: copy.pointer, strides: copy.strides)
        return copy
    }
}

extension Node {
    /// This node and all that it depends on, each before what it was computed from.
    fileprivate func reachable() -> [Node] {
        var seen: Set<ObjectIdentifier> = [ObjectIdentifier(self)]
        var found = [self]
        var next = 0
        while next < found.count {
            for node in found[next].sources where seen.insert(ObjectIdentifier(node)).inserted { found.append(node) }
            next += 1
        }
        return found.sorted { $0.order > $1.order }
    }
}
