import Support

/// An endless sequence of the numbers 1 ... count: each once in random order, then all again in another.
public final class RandomSampler {
    /// How many numbers there are, at least 1.
    public let count: Int
    /// The numbers in the order of this pass; empty before the first pass.
    public private(set) var order: [Int] = []
    /// How many numbers of this pass were given.
    public private(set) var position = 0

    /// No sampler has more numbers than this: a pass is drawn, and kept in checkpoints, as a whole.
    public static let largest = 1 << 24

    /// A sampler of 1 ... count; nil where there is no number, or more than `largest`.
    public init?(count: Int) {
        guard (1...Self.largest).contains(count) else { return nil }
        self.count = count
    }

    /// The next number; where a pass begins, its order is drawn.
    public func next(_ generator: RandomGenerator) -> Int {
        if position >= order.count {
            order = generator.permutation(count).map { $0 + 1 }
            position = 0
        }
        position += 1
        return order[position - 1]
    }

    /// What the sampler goes on from.
    public var state: StoredValue {
        .fields(["order": .list(order.map(StoredValue.integer)), "position": .integer(position)])
    }

    /// Takes over the state of a sampler of as many numbers; nothing is changed when it is refused.
    public func load(_ state: StoredValue) throws(StudyError) {
        guard let values = state["order"]?.elements, let position = state["position"]?.integer else {
            throw .value(place: "sampler", found: "another table", expected: "the state of a RandomSampler")
        }
        let order = values.compactMap(\.integer)
        guard order.isEmpty || order.sorted() == Array(1...count), order.count == values.count,
            (0...order.count).contains(position)
        else {
            throw .value(
                place: "sampler", found: "a state of \(values.count) at \(position)",
                expected: "one of \(count) numbers")
        }
        (self.order, self.position) = (order, position)
    }
}
