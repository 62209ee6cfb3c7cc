/// Convolutions with kernels of 3 x 3 x 3 over volumes of 2 x 2 x 2 voxels, by 27 products instead of 64 (Karatsuba and
/// Ofman 1962, for Toeplitz matrices).
///
/// In one direction y0 = w1 x0 + w2 x1 and y1 = w0 x0 + w1 x1. These are w1 (x0 + x1) + (w2 - w1) x1 and w1 (x0 + x1) +
/// (w0 - w1) x0: three products instead of four, number 0 with x0 + x1, number 1 with x0 and number 2 with x1. In three
/// directions a product's number has a digit 0, 1 or 2 for each. As in all algorithms of this kind, inputs are
/// evaluated, multiplied, and the products interpolated.
enum KaratsubaConvolution {
    /// The number of products.
    static let count = 27

    /// The coefficients of the three weights in each of the three products of a direction.
    private static let coefficients: [[Float]] = [[0, 1, 0], [1, -1, 0], [0, -1, 1]]

    /// The coefficient of the weight `tap` in the factor of a product.
    static func coefficient(of tap: Int, in product: Int) -> Float {
        [9, 3, 1].reduce(1) { $0 * coefficients[product / $1 % 3][tap / $1 % 3] }
    }

    /// The number under which `interpolate` takes a product: that of the second voxel belongs to the first output, and
    /// that of the first voxel to the second.
    static func mirrored(_ product: Int) -> Int {
        [9, 3, 1].reduce(0) { $0 + [0, 2, 1][product / $1 % 3] * $1 }
    }

    /// The numbers from one product of so many channels to the next: one more than they need, because at steps of a
    /// power of two all products would compete for the same lines of the cache.
    static func step(_ channels: Int) -> Int { channels &+ 1 }

    /// Makes the 27 factors of the products from a volume's 8 voxels of `channels` numbers each; the transpose of
    /// `interpolate`.
    static func evaluate(_ voxels: UnsafePointer<Vector>, channels: Int, to factors: UnsafeMutablePointer<Vector>) {
        let (size, step) = (channels &* InterleavedRows.vectors, step(channels) &* InterleavedRows.vectors)
        for i in 0..<size {
            let (near, far) = (Square(voxels + i, step: size), Square(voxels + (4 &* size &+ i), step: size))
            (near + far).evaluate(to: factors + i, step: step)
            near.evaluate(to: factors + (9 &* step &+ i), step: step)
            far.evaluate(to: factors + (18 &* step &+ i), step: step)
        }
    }

    /// Makes a volume's 8 voxels from 27 products.
    static func interpolate(_ products: UnsafePointer<Vector>, channels: Int, to voxels: UnsafeMutablePointer<Vector>) {
        let (size, step) = (channels &* InterleavedRows.vectors, step(channels) &* InterleavedRows.vectors)
        for i in 0..<size {
            let both = Square(interpolating: products + i, step: step)
            let near = both + Square(interpolating: products + (9 &* step &+ i), step: step)
            let far = both + Square(interpolating: products + (18 &* step &+ i), step: step)
            near.put(at: voxels + i, step: size)
            far.put(at: voxels + (4 &* size &+ i), step: size)
        }
    }

    /// The 4 voxels of a slice.
    private struct Square {
        private let first: (Vector, Vector)
        private let second: (Vector, Vector)

        @inline(__always)
        private init(_ first: (Vector, Vector), _ second: (Vector, Vector)) {
            (self.first, self.second) = (first, second)
        }

        @inline(__always)
        init(_ voxels: UnsafePointer<Vector>, step: Int) {
            self.init((voxels[0], voxels[step]), (voxels[2 &* step], voxels[3 &* step]))
        }

        /// The voxels that 9 products make.
        @inline(__always)
        init(interpolating products: UnsafePointer<Vector>, step: Int) {
            @inline(__always) func line(_ index: Int) -> (Vector, Vector) {
                let line = products + 3 &* index &* step
                return (line[0] + line[step], line[0] + line[2 &* step])
            }
            let (both, first, second) = (line(0), line(1), line(2))
            self.init((both.0 + first.0, both.1 + first.1), (both.0 + second.0, both.1 + second.1))
        }

        @inline(__always)
        static func + (a: Square, b: Square) -> Square {
            Square(
                (a.first.0 + b.first.0, a.first.1 + b.first.1), (a.second.0 + b.second.0, a.second.1 + b.second.1))
        }

        @inline(__always)
        func put(at voxels: UnsafeMutablePointer<Vector>, step: Int) {
            (voxels[0], voxels[step]) = first
            (voxels[2 &* step], voxels[3 &* step]) = second
        }

        /// Writes the 9 factors of products.
        @inline(__always)
        func evaluate(to factors: UnsafeMutablePointer<Vector>, step: Int) {
            @inline(__always) func put(_ line: (Vector, Vector), _ index: Int) {
                let target = factors + 3 &* index &* step
                (target[0], target[step], target[2 &* step]) = (line.0 + line.1, line.0, line.1)
            }
            put((first.0 + second.0, first.1 + second.1), 0)
            put(first, 1)
            put(second, 2)
        }
    }
}
