import Support

/// The encoder of a kernel autoencoder with fixed weights, from kernels of 3 x 3 x 3 to a few numbers.
///
/// Its layers are a convolution of size 3, max-pooling of size 2 (padding 1) to 2 x 2 x 2 voxels, ELU, a convolution of
/// size 3, max-pooling of size 2 to a single voxel, ELU, an affine map, ELU, and another affine map. Convolutions have
/// a padding of 1.
///
/// Rows are kernels: 32 of them go through all layers while their activations are in the second cache. The weights are
/// packed once, for many calls.
public final class PooledEncoder: Sendable {
    /// The weights of a convolution of size 3, [outputs][inputs][27], and a bias for each output.
    public struct ConvolutionWeights: Sendable {
        let inputs: Int, outputs: Int
        let weight: [Float]
        let bias: [Float]

        /// Joins weights and biases.
        public init(inputs: Int, outputs: Int, weight: [Float], bias: [Float]) {
            (self.inputs, self.outputs, self.weight, self.bias) = (inputs, outputs, weight, bias)
        }
    }

    /// The elements of a kernel.
    public static let inputs = 27
    /// The length of a result.
    public let outputs: Int
    private let first: PackedAffineMap
    private let products: [PackedAffineMap]
    private let secondBias: [Float]
    private let third: PackedAffineMap
    private let last: PackedAffineMap
    private let channels: (first: Int, second: Int)
    /// The numbers from one product of Karatsuba's to the next.
    private var steps: (first: Int, second: Int) {
        (KaratsubaConvolution.step(channels.first), KaratsubaConvolution.step(channels.second))
    }
    /// The rows that are computed together: whole tiles.
    private static let rowsAtATime = 32

    /// Packs the weights.
    public init(first: ConvolutionWeights, second: ConvolutionWeights, third: AffineMap, last: AffineMap) {
        outputs = last.outputs
        channels = (PackedAffineMap.padded(first.outputs), PackedAffineMap.padded(second.outputs))
        self.first = PackedAffineMap(Cells.map(first, channels: channels.first))
        products = (0..<KaratsubaConvolution.count).map { PackedAffineMap(second.map(product: $0)) }
        secondBias = second.bias + [Float](repeating: 0, count: channels.second - second.outputs)
        self.third = PackedAffineMap(third)
        self.last = PackedAffineMap(last)
    }

    /// The indices, within a row, of the activations that `backward` needs again.
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

    /// The number of floats for the activations of `count` rows, whose address must be a multiple of 64.
    public func activationCount(_ count: Int) -> Int {
        InterleavedRows.tiles(count) * InterleavedRows.lanes * layout.length
    }

    /// Overwrites `result`, [count][outputs], and `activations`.
    public func forward(
        count: Int, kernels: UnsafePointer<Float>, activations: UnsafeMutablePointer<Float>,
        result: UnsafeMutablePointer<Float>
    ) {
        forEachBlock(count, activations) { start, count, kept in
            let tiles = kept.tiles
            let input = InterleavedRows(tiles: tiles, length: first.inputs)
            let output = InterleavedRows(tiles: tiles, length: last.outputs)
            let sums = InterleavedRows(tiles: tiles, length: KaratsubaConvolution.count &* steps.first)
            let results = InterleavedRows(tiles: tiles, length: KaratsubaConvolution.count &* steps.second)
            defer { withExtendedLifetime((input, output, sums, results)) {} }
            input.interleave(count, of: Self.inputs, from: kernels + start &* Self.inputs)
            first.forward(tiles: tiles, input.slice(), to: kept.slice(layout.convolved))
            for tile in 0..<tiles {
                let pooled = kept.start + kept.offset(tile, layout.pooled)
                pool(
                    kept.start + kept.offset(tile, layout.convolved), members: Cells.members,
                    bias: nil, channels: channels.first, to: pooled)
                KaratsubaConvolution.evaluate(
                    pooled, channels: channels.first, to: sums.start + sums.offset(tile, 0))
            }
            for (index, product) in products.enumerated() {
                product.forward(
                    tiles: tiles, sums.slice(index &* steps.first),
                    to: results.slice(KaratsubaConvolution.mirrored(index) &* steps.second))
            }
            for tile in 0..<tiles {
                let convolved = kept.start + kept.offset(tile, layout.convolvedAgain)
                KaratsubaConvolution.interpolate(
                    results.start + results.offset(tile, 0), channels: channels.second, to: convolved)
                pool(
                    convolved, members: [8], bias: secondBias, channels: channels.second,
                    to: kept.start + kept.offset(tile, layout.pooledAgain))
            }
            third.forwardELU(tiles: tiles, kept.slice(layout.pooledAgain), to: kept.slice(layout.hidden))
            last.forward(tiles: tiles, kept.slice(layout.hidden), to: output.slice())
            output.deinterleave(count, of: outputs, to: result + start &* outputs)
        }
    }

    /// Overwrites `inputGradient`, [count][27], from the activations of `forward`.
    public func backward(
        count: Int, activations: UnsafeMutablePointer<Float>, outputGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>
    ) {
        forEachBlock(count, activations) { start, count, kept in
            let tiles = kept.tiles
            let output = InterleavedRows(tiles: tiles, length: last.outputs)
            let hidden = InterleavedRows(tiles: tiles, length: last.inputs)
            let single = InterleavedRows(tiles: tiles, length: third.inputs)
            let volume = InterleavedRows(tiles: tiles, length: 8 &* channels.second)
            let results = InterleavedRows(tiles: tiles, length: KaratsubaConvolution.count &* steps.second)
            let sums = InterleavedRows(tiles: tiles, length: KaratsubaConvolution.count &* steps.first)
            let pooled = InterleavedRows(tiles: tiles, length: 8 &* channels.first)
            let convolved = InterleavedRows(tiles: tiles, length: 27 &* channels.first)
            let input = InterleavedRows(tiles: tiles, length: first.inputs)
            defer { withExtendedLifetime((output, hidden, single, volume, results, sums, pooled, convolved, input)) {} }
            output.interleave(count, of: outputs, from: outputGradient + start &* outputs)
            last.backwardELU(
                tiles: tiles, output.slice(), input: kept.slice(layout.hidden), to: hidden.slice())
            third.backwardELU(
                tiles: tiles, hidden.slice(), input: kept.slice(layout.pooledAgain), to: single.slice())
            for tile in 0..<tiles {
                let target = volume.start + volume.offset(tile, 0)
                unpool(
                    single.start + single.offset(tile, 0), of: kept.start + kept.offset(tile, layout.convolvedAgain),
                    members: [8], channels: channels.second, to: target)
                KaratsubaConvolution.evaluate(
                    target, channels: channels.second, to: results.start + results.offset(tile, 0))
            }
            for (index, product) in products.enumerated() {
                product.backward(
                    tiles: tiles, results.slice(KaratsubaConvolution.mirrored(index) &* steps.second),
                    to: sums.slice(index &* steps.first), adding: false)
            }
            for tile in 0..<tiles {
                KaratsubaConvolution.interpolate(
                    sums.start + sums.offset(tile, 0), channels: channels.first,
                    to: pooled.start + pooled.offset(tile, 0))
            }
            pooled.applyELUGradient(of: kept.slice(layout.pooled), count: pooled.length)
            for tile in 0..<tiles {
                unpool(
                    pooled.start + pooled.offset(tile, 0), of: kept.start + kept.offset(tile, layout.convolved),
                    members: Cells.members, channels: channels.first, to: convolved.start + convolved.offset(tile, 0))
            }
            first.backward(tiles: tiles, convolved.slice(), to: input.slice(), adding: false)
            input.deinterleave(count, of: Self.inputs, to: inputGradient + start &* Self.inputs)
        }
    }

    /// Calls `body` for the first row and the number of rows of each block, with the tiles of its activations.
    private func forEachBlock(
        _ count: Int, _ activations: UnsafeMutablePointer<Float>, _ body: (Int, Int, InterleavedRows) -> Void
    ) {
        let length = layout.length
        ThreadPool.shared.run(count, ranges: Self.rowsAtATime) { rows in
            guard !Interrupt.isRequested else { return }
            let start = rows.lowerBound
            body(
                start, rows.count,
                InterleavedRows(
                    tiles: InterleavedRows.tiles(rows.count), length: length, at: activations + start &* length))
        }
    }

    /// Max-pooling, plus a bias, and ELU: of the `members` of each cell, channel by channel. NaN counts as the largest.
    private func pool(
        _ values: UnsafePointer<Vector>, members: [Int], bias: [Float]?, channels: Int,
        to result: UnsafeMutablePointer<Vector>
    ) {
        let size = channels &* InterleavedRows.vectors
        var (value, target) = (values, result)
        for count in members {
            for index in 0..<size {
                let best = largest(value + index, count, step: size).value
                target[index] = VectorMath.elu(best + (bias.map { $0[index / InterleavedRows.vectors] } ?? 0))
            }
            value += count &* size
            target += size
        }
    }

    /// The gradient of max-pooling: that of each cell goes to its largest member, the others get 0.
    private func unpool(
        _ gradients: UnsafePointer<Vector>, of values: UnsafePointer<Vector>, members: [Int], channels: Int,
        to result: UnsafeMutablePointer<Vector>
    ) {
        let size = channels &* InterleavedRows.vectors
        var (value, gradient, target) = (values, gradients, result)
        for count in members {
            for index in 0..<size {
                let chosen = largest(value + index, count, step: size).number
                for member in 0..<count {
                    target[member &* size &+ index] = gradient[index].replacing(
                        with: 0, where: chosen .!= Vector(repeating: Float(member)))
                }
            }
            value += count &* size
            gradient += size
            target += count &* size
        }
    }

    /// The largest of some vectors lane by lane, and the number of the first vector that has it.
    @inline(__always)
    private func largest(_ values: UnsafePointer<Vector>, _ count: Int, step: Int) -> (value: Vector, number: Vector) {
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

/// The 8 cells of pooling of size 2 with a padding of 1 over 3 x 3 x 3 voxels: in each direction the first voxel, and
/// the other two.
private enum Cells {
    /// The voxels, cell by cell, each with three coordinates.
    static let voxels = [[0], [1, 2]].flatMap { z in
        [[0], [1, 2]].flatMap { y in
            [[0], [1, 2]].flatMap { x in
                z.flatMap { z in y.flatMap { y in x.map { x in (z: z, y: y, x: x) } } }
            }
        }
    }

    /// The number of voxels of each cell.
    static let members = [1, 2, 2, 4, 2, 4, 4, 8]

    /// A convolution of one channel as a matrix: from 27 numbers to `channels` numbers for each voxel, cell by cell.
    static func map(_ convolution: PooledEncoder.ConvolutionWeights, channels: Int) -> AffineMap {
        var weight = [Float](repeating: 0, count: 27 * channels * 27)
        var bias = [Float](repeating: 0, count: 27 * channels)
        for (number, voxel) in voxels.enumerated() {
            for output in 0..<convolution.outputs {
                let row = number * channels + output
                bias[row] = convolution.bias[output]
                for source in 0..<27 {
                    let (z, y, x) = (source / 9 - voxel.z + 1, source / 3 % 3 - voxel.y + 1, source % 3 - voxel.x + 1)
                    guard 0...2 ~= z, 0...2 ~= y, 0...2 ~= x else { continue }
                    weight[row * 27 + source] = convolution.weight[output * 27 + (z * 3 + y) * 3 + x]
                }
            }
        }
        return AffineMap(inputs: 27, outputs: 27 * channels, weight: weight, bias: bias)
    }
}

extension PooledEncoder.ConvolutionWeights {
    /// The map that one of Karatsuba's products applies to its factor.
    fileprivate func map(product: Int) -> AffineMap {
        let coefficients = (0..<27).map { KaratsubaConvolution.coefficient(of: $0, in: product) }
        let weight = (0..<outputs * inputs).map { pair in
            (0..<27).reduce(Float(0)) { $0 + coefficients[$1] * self.weight[pair * 27 + $1] }
        }
        return AffineMap(inputs: inputs, outputs: outputs, weight: weight, bias: [Float](repeating: 0, count: outputs))
    }
}
