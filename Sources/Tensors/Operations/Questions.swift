import Kernels
import Support

/// Questions about all elements, answered by true or false.
extension Tensor {
    /// Whether any element is not 0; NaN counts as not 0.
    public var any: Bool { contains(self) { x, _ in x != 0 } }

    /// Whether no element is 0.
    public var all: Bool { !contains(self) { x, _ in x == 0 } }

    /// Whether `other` has this shape and the same elements; NaN equals nothing.
    public func isEqual(to other: Tensor) -> Bool { shape == other.shape && !contains(other) { $0 != $1 } }

    /// Whether `other` has this shape, and |a - b| <= absolute + relative |b| for all elements b of `other`.
    public func isClose(to other: Tensor, relative: Float = 1e-5, absolute: Float = 1e-8) -> Bool {
        shape == other.shape
            && !contains(other) {
                // An infinite b would make the tolerance infinite, so it is near to itself only.
                !($0 == $1 || ($1.isFinite && Swift.abs($0 - $1) <= absolute + relative * Swift.abs($1)))
            }
    }

    /// Whether `test` holds for an element and that of `other`, of this shape, in the same place; false once
    /// interrupted.
    private func contains(_ other: Tensor, where test: (Float, Float) -> Bool) -> Bool {
        let loop = StridedLoop(shape: shape, strides: strides, other.strides)
        let (a, b) = (pointer, other.pointer)
        let (aStep, bStep) = (loop.rowStrides[0], loop.rowStrides[1])
        var isFound = false
        for piece in 0..<loop.pieces where !isFound && !Interrupt.isRequested {
            loop.forEachRow(inPiece: piece) { offsets, length in
                var i = 0
                while i < length, !isFound {
                    isFound = test(a[offsets[0] &+ i &* aStep], b[offsets[1] &+ i &* bStep])
                    i &+= 1
                }
            }
        }
        return isFound
    }
}
