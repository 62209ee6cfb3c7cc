import Support

/// The 95th percentile of the Hausdorff distance by surface elements, each with the area of its surface: what BraTS
/// 2023 measures, and not what MONAI does (`SurfaceDistances`).
///
/// As `compute_robust_hausdorff` of https://github.com/google-deepmind/surface-distance (Nikolov et al., "Clinically
/// applicable segmentation of head and neck anatomy", J Med Internet Res 23(7), 2021). An element stands between eight
/// voxels of which some are in the mask and some are not; its area is that of the triangles of marching cubes.
public struct SurfaceElementDistances: Equatable, Sendable {
    /// In mm: the distance within which 95 % of a mask's surface lie from the other surface, of whichever mask it is
    /// larger; 0 where both masks are empty, infinite where one is.
    public let hausdorff95: Double

    /// Measures the distances between two masks on `grid`: a voxel is in a mask where its value is above `threshold`
    /// (default 0.5).
    ///
    /// Throws where there is not one value a voxel, voxels are not between 1e-6 and 1e6 mm apart, or memory is short.
    public init(
        prediction: [Float], truth: [Float], grid: Grid, threshold: Float = 0.5
    ) throws(VolumeError) {
        try grid.requireSurfaces(prediction: prediction, truth: truth)
        guard let box = try MaskBox(prediction: prediction, truth: truth, shape: grid.shape, threshold: threshold)
        else {
            hausdorff95 = 0
            return
        }
        // Of a point: two sets of neighbours, whether it is on a surface, twice, and of an element distance and area,
        // sorted.
        try Grid(shape: box.truth.shape).requireMemory(
            4 + 5 * MemoryLayout<Double>.stride, for: "the surfaces of masks of \(box.truth.shape.shapeText) voxels")
        let areas = Self.areas(grid.spacing)
        let (predicted, actual) = (box.prediction.neighbourhoods, box.truth.neighbourhoods)
        let shape = box.truth.shape.map { $0 - 1 }
        let one = try Self.percentile(of: predicted, to: actual, areas, shape: shape, spacing: grid.spacing)
        let other = try Self.percentile(of: actual, to: predicted, areas, shape: shape, spacing: grid.spacing)
        hausdorff95 = max(one, other)
    }

    /// The distance within which 95 % of the area of one surface lie from the other; infinite where one has none.
    private static func percentile(
        of surface: [UInt8], to other: [UInt8], _ areas: [Double], shape: [Int], spacing: [Double]
    ) throws(VolumeError) -> Double {
        let elements = surface.map { areas[Int($0)] > 0 }
        let distances = try DistanceTransform.distances(
            from: elements, to: other.map { areas[Int($0)] > 0 }, shape: shape, spacing: spacing)
        let weights = surface.map { areas[Int($0)] }.filter { $0 > 0 }
        let sorted = zip(distances, weights).sorted { ($0.0, $0.1) < ($1.0, $1.1) }
        let total = sorted.reduce(0) { $0 + $1.1 }
        var sum = 0.0
        for (distance, weight) in sorted {
            sum += weight
            // Sums of equal areas are exact multiples but for rounding.
            if sum >= 0.95 * total * (1 - 1e-12) { return Double(distance) }
        }
        return .infinity
    }

    /// The area in mm^2 of the surface between eight voxels, for each set of those in the mask.
    ///
    /// With more than four voxels it is that of the others. Voxels that do not share a face are cut off one by one;
    /// what marching cubes cuts off of those that do is written down here, by their number and how they hang together.
    static func areas(_ spacing: [Double]) -> [Double] {
        let faces = [spacing[1] * spacing[2], spacing[0] * spacing[2], spacing[0] * spacing[1]]
        let triangle = faces.reduce(0) { $0 + $1 * $1 }.squareRoot() / 8
        /// The plane that cuts off an edge along `axis`.
        func slope(_ axis: Int) -> Double {
            faces.indices.reduce(0) { $0 + ($1 == axis ? 0 : faces[$1] * faces[$1]) }.squareRoot()
        }
        func area(of group: CornerGroup) -> Double {
            let edges = group.edges
            switch (group.corners.count, edges.count { $0 > 0 }) {
            case (1, _): return triangle
            case (2, _): return slope(edges.firstIndex(of: 1) ?? 0) / 2
            case (3, _): return faces[edges.firstIndex(of: 0) ?? 0] / 2 + 3 * triangle
            case (4, 2): return faces[edges.firstIndex(of: 0) ?? 0]
            default:
                guard let middle = group.middleAxis else { return 6 * triangle }
                return 4 * triangle + faces.indices.reduce(0) { $0 + ($1 == middle ? 0 : slope($1)) } / 4
            }
        }
        return (0..<256).map { code in
            let inside = (0..<8).filter { code & 1 << $0 != 0 }
            let fewer = inside.count > 4 ? (0..<8).filter { !inside.contains($0) } : inside
            return CornerGroup.groups(of: fewer).reduce(0) { $0 + area(of: $1) }
        }
    }
}

/// Corners of a cube that edges connect; corner 4 i + 2 j + k stands at (i, j, k).
private struct CornerGroup {
    var corners: [Int]

    /// The groups that `corners` fall into.
    static func groups(of corners: [Int]) -> [CornerGroup] {
        var groups: [CornerGroup] = []
        for corner in corners {
            let touching = groups.filter { $0.corners.contains { ($0 ^ corner).nonzeroBitCount == 1 } }
            groups.removeAll { $0.corners.contains { ($0 ^ corner).nonzeroBitCount == 1 } }
            groups.append(CornerGroup(corners: touching.flatMap(\.corners) + [corner]))
        }
        return groups
    }

    /// The number of edges along each axis.
    var edges: [Int] {
        [4, 2, 1].map { bit in corners.count { $0 & bit == 0 && corners.contains($0 | bit) } }
    }

    /// Of a path of four corners the axis of its middle edge; nil where three corners hang on one.
    var middleAxis: Int? {
        let inner = corners.filter { corner in corners.count { ($0 ^ corner).nonzeroBitCount == 1 } == 2 }
        return inner.count == 2 ? [4, 2, 1].firstIndex(of: inner[0] ^ inner[1]) : nil
    }
}

extension MaskBox.Mask {
    /// Which of the eight voxels around each point between them are in the mask, one bit each as `CornerGroup` numbers
    /// them; there is one point less than voxels along each axis.
    fileprivate var neighbourhoods: [UInt8] {
        let (d, h, w) = (shape[0], shape[1], shape[2])
        var codes: [UInt8] = []
        codes.reserveCapacity((d - 1) * (h - 1) * (w - 1))
        for z in 0..<(d - 1) {
            for y in 0..<(h - 1) {
                for x in 0..<(w - 1) {
                    var code: UInt8 = 0
                    for corner in 0..<8 {
                        let index = ((z + corner >> 2) * h + y + corner >> 1 & 1) * w + x + corner & 1
                        if voxels[index] { code |= 1 << UInt8(corner) }
                    }
                    codes.append(code)
                }
            }
        }
        return codes
    }
}
