/// Linear interpolation in one direction: each output element is made of two neighbours of the input.
struct Interpolation: Sendable {
    /// A neighbour's place, and its share.
    struct Share: Sendable {
        let index: Int
        let weight: Float
    }

    /// For each output element its two neighbours; their weights add up to 1.
    let sources: [(lower: Share, upper: Share)]
    /// For each input element the output elements it has a share in.
    let targets: [[Share]]

    /// The positions of `size` elements stretched to `size * scale`.
    ///
    /// With `alignCorners` the first and last elements coincide and output o lies at o (size - 1) / (size * scale - 1);
    /// else the borders of the outer elements coincide and it lies at (o + 1/2) / scale - 1/2, but not before 0.
    init(size: Int, scale: Int, alignCorners: Bool) {
        let outputs = size * scale
        var sources: [(lower: Share, upper: Share)] = []
        var targets = [[Share]](repeating: [], count: size)
        for output in 0..<outputs {
            let position =
                alignCorners
                ? (outputs > 1 ? Double(output) * Double(size - 1) / Double(outputs - 1) : 0)
                : max(0, (Double(output) + 0.5) / Double(scale) - 0.5)
            let lower = min(Int(position), size - 1)
            let upper = min(lower + 1, size - 1)
            let weight = Float(position - Double(lower))
            sources.append((Share(index: lower, weight: 1 - weight), Share(index: upper, weight: weight)))
            targets[lower].append(Share(index: output, weight: 1 - weight))
            if weight != 0 { targets[upper].append(Share(index: output, weight: weight)) }
        }
        self.sources = sources
        self.targets = targets
    }
}
