import Foundation
import Support

/// Which axes of an NRRD file are those of space, which one counts frames, and where in the world they lie.
struct NrrdAxes {
    /// The three axes of space, the fastest first.
    let spatial: [Int]
    /// The axis of the frames, where there are four.
    let frame: Int?
    private let header: NrrdHeader
    private let path: String

    /// The signs of the axes of the world, by the names of spaces, which bring them to right, anterior, superior.
    private static let spaces: [String: SIMD3<Double>] = [
        "right-anterior-superior": [1, 1, 1], "ras": [1, 1, 1],
        "left-anterior-superior": [-1, 1, 1], "las": [-1, 1, 1],
        "left-posterior-superior": [-1, -1, 1], "lps": [-1, -1, 1],
    ]

    /// How kinds of axes begin whose values are one voxel's: RGB-color and so on.
    private static let parts: Set<Substring> = ["rgb", "rgba", "hsv", "xyz", "complex", "quaternion"]

    /// The units of space in mm.
    private static let units = ["mm": 1, "millimeter": 1, "cm": 10, "m": 1000, "um": 0.001, "µm": 0.001, "μm": 0.001]

    /// The axes of a header with these `sizes`, three or four.
    init(_ header: NrrdHeader, sizes: [Int], path: String) throws(FormatDefect) {
        (self.header, self.path) = (header, path)
        let directions = header.words("space directions")
        let kinds = header.words("kinds")
        for (name, words) in [("space directions", directions), ("kinds", kinds)] {
            guard words == nil || words?.count == sizes.count else {
                throw header.wrong(name, expected: "\(sizes.count) of them, one an axis")
            }
        }
        // Colours and vectors are the parts of a voxel's value, no volumes to choose from.
        if let kind = kinds?.first(where: { Self.parts.contains($0.lowercased().prefix { $0 != "-" }) }) {
            throw .type(kind.shown)
        }
        var frames: [Int] = []
        if let directions, directions.contains(where: { $0.lowercased() == "none" }) {
            frames = sizes.indices.filter { directions[$0].lowercased() == "none" }
        } else if let kinds {
            frames = sizes.indices.filter { !["domain", "space"].contains(kinds[$0].lowercased()) }
            // "???" is a kind that nobody named, which three axes of space may have.
            if sizes.count == 3, frames.allSatisfy({ ["???", "none"].contains(kinds[$0].lowercased()) }) {
                frames = []
            }
        }
        guard frames.count == sizes.count - 3 else {
            throw header.wrong(
                directions?.contains("none") == true ? "space directions" : "kinds",
                expected: "three axes of space" + (sizes.count == 4 ? ", and one that counts frames" : ""))
        }
        frame = frames.first
        spatial = sizes.indices.filter { !frames.contains($0) }
    }

    /// The map from indices to the world in mm, from `space directions`, or else from `spacings`.
    func affine() throws(FormatDefect) -> Affine {
        guard let words = header.words("space directions") else { return try plain() }
        let directions = try spatial.map { axis throws(FormatDefect) -> SIMD3<Double> in
            guard let direction = NrrdHeader.vector(words[axis]) else {
                throw header.wrong("space directions", expected: "three finite numbers for each axis of space")
            }
            return direction
        }
        var origin = SIMD3<Double>.zero
        if let text = header["space origin"] {
            guard let vector = NrrdHeader.vector(text) else {
                throw header.wrong("space origin", expected: "three finite numbers, such as (0,0,0)")
            }
            origin = vector
        }
        let scale = try sign() * unit(of: "space units")
        let affine = Affine(
            x: directions[0] * scale, y: directions[1] * scale, z: directions[2] * scale, origin: origin * scale,
            code: 1)
        guard affine.isInvertible else {
            throw header.wrong("space directions", expected: "three directions that span space")
        }
        return affine
    }

    /// The signs of the world's axes.
    private func sign() throws(FormatDefect) -> SIMD3<Double> {
        guard let name = header["space"] else {
            guard header["space dimension"].map({ $0 == "3" }) ?? true else {
                throw header.wrong("space dimension", expected: "3")
            }
            StandardStream.warnOnce("\(path.shown): names no space; it counts as right-anterior-superior")
            return .one
        }
        guard let sign = Self.spaces[name.lowercased()] else {
            throw header.wrong(
                "space", expected: "right-anterior-superior, left-anterior-superior or left-posterior-superior")
        }
        return sign
    }

    /// The map of a file that says at most how far voxels lie apart.
    private func plain() throws(FormatDefect) -> Affine {
        guard header.words("spacings") != nil else {
            StandardStream.warnOnce("\(path.shown): has no space directions or spacings; voxels count as 1 mm")
            return Affine(spacing: .one)
        }
        let words = header.words("spacings") ?? []
        let spacings = words.map { Double($0) ?? .nan }
        guard spacings.count == spatial.count + (frame == nil ? 0 : 1),
            spatial.allSatisfy({ spacings[$0] > 0 && spacings[$0].isFinite })
        else { throw header.wrong("spacings", expected: "a positive distance for each axis of space") }
        let affine = Affine(
            spacing: SIMD3(spacings[spatial[0]], spacings[spatial[1]], spacings[spatial[2]]) * unit(of: "units"))
        guard affine.isInvertible else { throw header.wrong("spacings", expected: "distances of possible voxels") }
        return affine
    }

    /// The unit of space in mm, of a field with one for each axis; 1 with a warning where it is unknown or not one.
    private func unit(of field: String) -> Double {
        let words = (header.words(field) ?? []).map { $0.trimmingCharacters(in: ["\""]).lowercased() }
        // `units` has one for the axis of the frames as well.
        let named = words.indices.filter { words.count == 3 || $0 != frame }.map { words[$0] }.filter { !$0.isEmpty }
        guard let first = named.first else { return 1 }
        guard let unit = Self.units[first], named.allSatisfy({ $0 == first }) else {
            StandardStream.warnOnce(
                "\(path.shown): \(field) are \(String(named.joined(separator: ", ").prefix(60)).shown); they count as mm"
            )
            return 1
        }
        return unit
    }
}
