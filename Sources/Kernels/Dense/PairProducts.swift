/// Convolutions of size 3 of volumes of 2 x 2 x 2 places, with 27 products instead of 64.
///
/// In one direction y0 = w1 x0 + w2 x1 and y1 = w0 x0 + w1 x1, which are w1 (x0 + x1) + (w2 - w1) x1 and
/// w1 (x0 + x1) + (w0 - w1) x0 (Karatsuba and Ofman 1962, for Toeplitz matrices): three products, of both, of the first and
/// of the second, and so on in each direction. A product is numbered by its digits 0, 1, 2 in the three directions.
enum PairProducts {
    /// The number of products.
    static let count = 27

    /// What the three products of a direction take of the three weights.
    private static let shares: [[Float]] = [[0, 1, 0], [1, -1, 0], [0, -1, 1]]

    /// The share of the weight `tap` in the weight of a product.
    static func share(of tap: Int, in product: Int) -> Float {
        [9, 3, 1].reduce(1) { $0 * shares[product / $1 % 3][tap / $1 % 3] }
    }

    /// The number under which `collect` expects a product: what the second alone gives belongs to the first, and so on.
    static func mirrored(_ product: Int) -> Int {
        [9, 3, 1].reduce(0) { $0 + [0, 2, 1][product / $1 % 3] * $1 }
    }

    /// From a volume's 8 places, each `size` vectors, to the 27 sums that are multiplied; the transpose of `collect`.
    static func spread(_ places: UnsafePointer<Vector>, size: Int, to sums: UnsafeMutablePointer<Vector>) {
        withUnsafeTemporaryAllocation(of: Vector.self, capacity: 30 &* size) { room in
            guard let lines = room.baseAddress else { return }
            let slices = lines + 12 &* size
            spread(places, outer: 4, inner: size, to: lines)
            spread(lines, outer: 2, inner: 3 &* size, to: slices)
            spread(slices, outer: 1, inner: 9 &* size, to: sums)
        }
    }

    /// From 27 products, each `size` vectors, to a volume's 8 places.
    static func collect(_ products: UnsafePointer<Vector>, size: Int, to places: UnsafeMutablePointer<Vector>) {
        withUnsafeTemporaryAllocation(of: Vector.self, capacity: 30 &* size) { room in
            guard let lines = room.baseAddress else { return }
            let slices = lines + 12 &* size
            collect(products, outer: 1, inner: 9 &* size, to: slices)
            collect(slices, outer: 2, inner: 3 &* size, to: lines)
            collect(lines, outer: 4, inner: size, to: places)
        }
    }

    private static func spread(
        _ pairs: UnsafePointer<Vector>, outer: Int, inner: Int, to triples: UnsafeMutablePointer<Vector>
    ) {
        for index in 0..<outer {
            let (first, second) = (pairs + 2 &* index &* inner, pairs + (2 &* index &+ 1) &* inner)
            let target = triples + 3 &* index &* inner
            for i in 0..<inner {
                target[i] = first[i] + second[i]
                target[inner &+ i] = first[i]
                target[2 &* inner &+ i] = second[i]
            }
        }
    }

    private static func collect(
        _ triples: UnsafePointer<Vector>, outer: Int, inner: Int, to pairs: UnsafeMutablePointer<Vector>
    ) {
        for index in 0..<outer {
            let source = triples + 3 &* index &* inner
            let (first, second) = (pairs + 2 &* index &* inner, pairs + (2 &* index &+ 1) &* inner)
            for i in 0..<inner {
                first[i] = source[i] + source[inner &+ i]
                second[i] = source[i] + source[2 &* inner &+ i]
            }
        }
    }
}
