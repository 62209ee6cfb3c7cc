import Support

/// A network from kernels of 3 x 3 x 3 numbers to a few: a convolution of size 3, max-pooling of size 2 (padding 1) to
/// 2 x 2 x 2 places, ELU, a convolution of size 3, max-pooling of size 2 to a single place, ELU, an affine map, ELU, and
/// another affine map. Convolutions have a padding of 1.
///
/// Rows are kernels; a few of them go through all layers while their activations are in the second cache. The weights are
/// arranged once, for many calls.
public final class PooledEncoder: Sendable {
    /// The weights of a convolution of size 3, [outputs][inputs][27], and a bias for each output.
    public struct Convolution: Sendable {
        let inputs: Int, outputs: Int
        let weight: [Float]
        let bias: [Float]

        /// Joins weights and biases.
        public init(inputs: Int, outputs: Int, weight: [Float], bias: [Float]) {
            (self.inputs, self.outputs, self.weight, self.bias) = (inputs, outputs, weight, bias)
        }
    }

    /// The numbers of a kernel.
    public static let inputs = 27
    /// The numbers that come out.
    public let outputs: Int
    private let first: LaneMap
    private let products: [LaneMap]
    private let secondBias: [Float]
    private let third: LaneMap
    private let last: LaneMap
    private let channels: (first: Int, second: Int)
    /// The numbers from one product of pairs to the next.
    private var steps: (first: Int, second: Int) {
        (PairProducts.step(channels.first), PairProducts.step(channels.second))
    }
    /// The rows that are computed together: whole tiles.
    private static let rowsAtATime = 32

    /// Arranges the weights.
    public init(first: Convolution, second: Convolution, third: AffineMap, last: AffineMap) {
        outputs = last.outputs
        channels = (LaneMap.padded(first.outputs), LaneMap.padded(second.outputs))
        self.first = LaneMap(Cells.map(first, channels: channels.first))
        products = (0..<PairProducts.count).map { LaneMap(second.map(product: $0)) }
        secondBias = second.bias + [Float](repeating: 0, count: channels.second - second.outputs)
        self.third = LaneMap(third)
        self.last = LaneMap(last)
    }

    /// Where the activations of a row of a tile begin, which `backward` needs again.
    private struct Layout {
        let convolved = 0, pooled: Int, convolvedAgain: Int, pooledAgain: Int, hidden: Int
        let length: Int
    }

    private var layout: Layout {
        let pooled = 27 * channels.first
        let convolvedAgain = pooled + 8 * channels.first
        let pooledAgain = convolvedAgain + 8 * channels.second
        let hidden = pooledAgain + third.inputs
        return Layout(
            pooled: pooled, convolvedAgain: convolvedAgain, pooledAgain: pooledAgain, hidden: hidden,
            length: hidden + last.inputs)
    }

    /// The floats that the activations of `count` rows take; their address must be a multiple of 64.
    public func activationCount(_ count: Int) -> Int { Lanes.tiles(count) * Lanes.count * layout.length }

    /// Overwrites `result`, [count][outputs], and `activations`.
    public func forward(
        count: Int, kernels: UnsafePointer<Float>, activations: UnsafeMutablePointer<Float>,
        result: UnsafeMutablePointer<Float>
    ) {
        forEachBlock(count, activations) { start, count, kept in
            let tiles = kept.tiles
            let input = Lanes.Tiles(tiles, of: first.inputs)
            let output = Lanes.Tiles(tiles, of: last.outputs)
            let sums = Lanes.Tiles(tiles, of: PairProducts.count &* steps.first)
            let results = Lanes.Tiles(tiles, of: PairProducts.count &* steps.second)
            defer { withExtendedLifetime((input, output, sums, results)) {} }
            input.gather(count, of: Self.inputs, from: kernels + start &* Self.inputs)
            first.forward(tiles: tiles, input.slice(), to: kept.slice(layout.convolved))
            for tile in 0..<tiles {
                let pooled = kept.start + kept.place(tile, layout.pooled)
                pool(
                    kept.start + kept.place(tile, layout.convolved), members: Cells.members,
                    bias: nil, channels: channels.first, to: pooled)
                PairProducts.spread(
                    pooled, channels: channels.first, to: sums.start + sums.place(tile, 0))
            }
            for (index, product) in products.enumerated() {
                product.forward(
                    tiles: tiles, sums.slice(index &* steps.first),
                    to: results.slice(PairProducts.mirrored(index) &* steps.second))
            }
            for tile in 0..<tiles {
                let convolved = kept.start + kept.place(tile, layout.convolvedAgain)
                PairProducts.collect(
                    results.start + results.place(tile, 0), channels: channels.second, to: convolved)
                pool(
                    convolved, members: [8], bias: secondBias, channels: channels.second,
                    to: kept.start + kept.place(tile, layout.pooledAgain))
            }
            third.forwardELU(tiles: tiles, kept.slice(layout.pooledAgain), to: kept.slice(layout.hidden))
            last.forward(tiles: tiles, kept.slice(layout.hidden), to: output.slice())
            output.scatter(count, of: outputs, to: result + start &* outputs)
        }
    }

    /// Overwrites `inputGradient`, [count][27], from the activations of `forward`.
    public func backward(
        count: Int, activations: UnsafeMutablePointer<Float>, outputGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>
    ) {
        forEachBlock(count, activations) { start, count, kept in
            let tiles = kept.tiles
            let output = Lanes.Tiles(tiles, of: last.outputs)
            let hidden = Lanes.Tiles(tiles, of: last.inputs)
            let single = Lanes.Tiles(tiles, of: third.inputs)
            let volume = Lanes.Tiles(tiles, of: 8 &* channels.second)
            let results = Lanes.Tiles(tiles, of: PairProducts.count &* steps.second)
            let sums = Lanes.Tiles(tiles, of: PairProducts.count &* steps.first)
            let pooled = Lanes.Tiles(tiles, of: 8 &* channels.first)
            let convolved = Lanes.Tiles(tiles, of: 27 &* channels.first)
            let input = Lanes.Tiles(tiles, of: first.inputs)
            defer { withExtendedLifetime((output, hidden, single, volume, results, sums, pooled, convolved, input)) {} }
            output.gather(count, of: outputs, from: outputGradient + start &* outputs)
            last.backwardELU(
                tiles: tiles, output.slice(), input: kept.slice(layout.hidden), to: hidden.slice())
            third.backwardELU(
                tiles: tiles, hidden.slice(), input: kept.slice(layout.pooledAgain), to: single.slice())
            for tile in 0..<tiles {
                let target = volume.start + volume.place(tile, 0)
                unpool(
                    single.start + single.place(tile, 0), of: kept.start + kept.place(tile, layout.convolvedAgain),
                    members: [8], channels: channels.second, to: target)
                PairProducts.spread(
                    target, channels: channels.second, to: results.start + results.place(tile, 0))
            }
            for (index, product) in products.enumerated() {
                product.backward(
                    tiles: tiles, results.slice(PairProducts.mirrored(index) &* steps.second),
                    to: sums.slice(index &* steps.first), adding: false)
            }
            for tile in 0..<tiles {
                PairProducts.collect(
                    sums.start + sums.place(tile, 0), channels: channels.first,
                    to: pooled.start + pooled.place(tile, 0))
            }
            pooled.applyELUGradient(of: kept.slice(layout.pooled), count: pooled.length)
            for tile in 0..<tiles {
                unpool(
                    pooled.start + pooled.place(tile, 0), of: kept.start + kept.place(tile, layout.convolved),
                    members: Cells.members, channels: channels.first, to: convolved.start + convolved.place(tile, 0))
            }
            first.backward(tiles: tiles, convolved.slice(), to: input.slice(), adding: false)
            input.scatter(count, of: Self.inputs, to: inputGradient + start &* Self.inputs)
        }
    }

    /// Calls `body` for the first row and the number of rows of each block, with the tiles of its activations.
    private func forEachBlock(
        _ count: Int, _ activations: UnsafeMutablePointer<Float>, _ body: (Int, Int, Lanes.Tiles) -> Void
    ) {
        let length = layout.length
        ThreadPool.shared.run((count &+ Self.rowsAtATime &- 1) / Self.rowsAtATime) { task in
            guard !Interrupt.isRequested else { return }
            let start = task &* Self.rowsAtATime
            let rows = min(Self.rowsAtATime, count &- start)
            body(
                start, rows, Lanes.Tiles(Lanes.tiles(rows), of: length, at: activations + start &* length))
        }
    }

    /// The ELU of the largest of each cell's members (and a bias), channel by channel; NaN wins over all.
    private func pool(
        _ values: UnsafePointer<Vector>, members: [Int], bias: [Float]?, channels: Int,
        to result: UnsafeMutablePointer<Vector>
    ) {
        let size = channels &* Lanes.vectors
        var (place, target) = (values, result)
        for count in members {
            for index in 0..<size {
                let best = winner(place + index, count, step: size).value
                target[index] = VectorMath.elu(best + (bias.map { $0[index / Lanes.vectors] } ?? 0))
            }
            place += count &* size
            target += size
        }
    }

    /// Gives the gradient of each cell to the member that won.
    private func unpool(
        _ gradients: UnsafePointer<Vector>, of values: UnsafePointer<Vector>, members: [Int], channels: Int,
        to result: UnsafeMutablePointer<Vector>
    ) {
        let size = channels &* Lanes.vectors
        var (place, gradient, target) = (values, gradients, result)
        for count in members {
            for index in 0..<size {
                let chosen = winner(place + index, count, step: size).number
                for member in 0..<count {
                    target[member &* size &+ index] = gradient[index].replacing(
                        with: 0, where: chosen .!= Vector(repeating: Float(member)))
                }
            }
            place += count &* size
            gradient += size
            target += count &* size
        }
    }

    /// The largest of some vectors lane by lane, and the number of the first that has it.
    @inline(__always)
    private func winner(_ values: UnsafePointer<Vector>, _ count: Int, step: Int) -> (value: Vector, number: Vector) {
        var best = values[0]
        var number = Vector.zero
        for member in 1..<max(count, 1) {
            let value = values[member &* step]
            let wins = (value .> best) .| (value .!= value)
            best.replace(with: value, where: wins)
            number.replace(with: Vector(repeating: Float(member)), where: wins)
        }
        return (best, number)
    }
}

/// The 8 cells that pooling of size 2 with a padding of 1 makes of 3 x 3 x 3 places: one place and two, in each direction.
private enum Cells {
    /// The places, cell by cell, each in three coordinates.
    static let places = [[0], [1, 2]].flatMap { z in
        [[0], [1, 2]].flatMap { y in
            [[0], [1, 2]].flatMap { x in
                z.flatMap { z in y.flatMap { y in x.map { x in (z: z, y: y, x: x) } } }
            }
        }
    }

    /// The number of places of each cell.
    static let members = [1, 2, 2, 4, 2, 4, 4, 8]

    /// A convolution of one channel at all places, as a matrix: from 27 numbers to `channels` for each place.
    static func map(_ convolution: PooledEncoder.Convolution, channels: Int) -> AffineMap {
        var weight = [Float](repeating: 0, count: 27 * channels * 27)
        var bias = [Float](repeating: 0, count: 27 * channels)
        for (number, place) in places.enumerated() {
            for output in 0..<convolution.outputs {
                let row = number * channels + output
                bias[row] = convolution.bias[output]
                for source in 0..<27 {
                    let (z, y, x) = (source / 9 - place.z + 1, source / 3 % 3 - place.y + 1, source % 3 - place.x + 1)
                    guard 0...2 ~= z, 0...2 ~= y, 0...2 ~= x else { continue }
                    weight[row * 27 + source] = convolution.weight[output * 27 + (z * 3 + y) * 3 + x]
                }
            }
        }
        return AffineMap(inputs: 27, outputs: 27 * channels, weight: weight, bias: bias)
    }
}

extension PooledEncoder.Convolution {
    /// What a product of pairs does.
    fileprivate func map(product: Int) -> AffineMap {
        let shares = (0..<27).map { PairProducts.share(of: $0, in: product) }
        let weight = (0..<outputs * inputs).map { pair in
            (0..<27).reduce(Float(0)) { $0 + shares[$1] * self.weight[pair * 27 + $1] }
        }
        return AffineMap(inputs: inputs, outputs: outputs, weight: weight, bias: [Float](repeating: 0, count: outputs))
    }
}
