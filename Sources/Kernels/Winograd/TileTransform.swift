/// The transforms of Winograd's minimal filtering F(2, 3) along one direction: two outputs of a kernel of three weights
/// from four inputs take four products instead of six (Lavin and Gray, "Fast algorithms for convolutional neural
/// networks", 2016, section 4.1).
///
/// They serve the depth of all tiles; in the other directions there are longer ones too (`TileAxis`).
enum TileTransform {
    /// Bᵀ d: four inputs.
    @inline(__always)
    static func input<V: SIMD>(_ d: InlineArray<4, V>) -> InlineArray<4, V> where V.Scalar == Float {
        [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]]
    }

    /// Aᵀ m: the two outputs of four products.
    @inline(__always)
    static func output<V: SIMD>(_ m: InlineArray<4, V>) -> InlineArray<2, V> where V.Scalar == Float {
        [m[0] + m[1] + m[2], m[1] - m[2] - m[3]]
    }

    /// A y: the four gradients of products, of two gradients of outputs.
    @inline(__always)
    static func outputGradient<V: SIMD>(_ y: InlineArray<2, V>) -> InlineArray<4, V> where V.Scalar == Float {
        [y[0], y[0] + y[1], y[0] - y[1], -y[1]]
    }

    /// G g: three weights.
    @inline(__always)
    static func weight(_ g: InlineArray<3, Vector>) -> InlineArray<4, Vector> {
        let (even, odd) = ((g[0] + g[2]) * 0.5, g[1] * 0.5)
        return [g[0], even + odd, even - odd, g[2]]
    }

    /// Gᵀ u: the gradients of three weights, of four gradients of transformed weights.
    @inline(__always)
    static func weightGradient(_ u: InlineArray<4, Vector>) -> InlineArray<3, Vector> {
        let (even, odd) = ((u[1] + u[2]) * 0.5, (u[1] - u[2]) * 0.5)
        return [u[0] + even, odd, even + u[3]]
    }

    /// The two slices of a tile that make slice `index` of Bᵀ d along the depth, and the sign of the second.
    static func inputSlices(_ index: Int) -> (first: Int, second: Int, sign: Float) {
        switch index {
        case 0: (0, 2, -1)
        case 1: (1, 2, 1)
        case 2: (2, 1, -1)
        default: (1, 3, -1)
        }
    }

    /// What slice `index` of the products adds to the two slices of outputs: a column of Aᵀ, and the factors of the two
    /// slices of gradients that make slice `index` of A y.
    static func outputFactors(_ index: Int) -> (Float, Float) {
        switch index {
        case 0: (1, 0)
        case 1: (1, 1)
        case 2: (1, -1)
        default: (0, -1)
        }
    }
}
