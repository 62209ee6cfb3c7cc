import Foundation
import Support

/// How phantoms are written as the subjects of a layout: what ails them, and the paths of their files.
public struct PhantomFiles: Sendable {
    /// The kinds of scans that are written of a head.
    public enum Contrasts: Sendable {
        /// Always this one.
        case fixed(Contrast)
        /// Those that are asked for, or `default`; the layout's option of this name says which of them is read.
        case chosen(_ option: String, default: Contrast)
    }

    /// What ails the heads.
    public let disease: Phantom.Disease
    /// The kinds of scans.
    public let contrasts: Contrasts
    private let image: @Sendable (Int, Contrast) -> String
    private let labels: @Sendable (Int) -> String
    private let index: (@Sendable (Int, [Contrast]) -> (path: String, text: String))?

    /// Declares how phantoms are written; paths are below the data set's folder, and heads are numbered from 1.
    ///
    /// - Parameters:
    ///   - image: The path of a head's scan of one kind.
    ///   - labels: The path of a head's labels.
    ///   - index: The path and text of a file that lists so many heads with scans of these kinds; nil where there is
    ///     none.
    package init(
        _ disease: Phantom.Disease, contrasts: Contrasts, image: @escaping @Sendable (Int, Contrast) -> String,
        labels: @escaping @Sendable (Int) -> String,
        index: (@Sendable (Int, [Contrast]) -> (path: String, text: String))?
    ) {
        (self.disease, self.contrasts, self.image, self.labels, self.index) = (disease, contrasts, image, labels, index)
    }

    /// Writes `count` heads into `folder`, and returns the options with which `layout` reads them.
    fileprivate func write(
        to folder: String, count: Int, seed: UInt64, shape: [Int], contrasts wanted: [Contrast]?
    ) throws(VolumeError) -> [String: String] {
        let (kinds, options): ([Contrast], [String: String])
        switch contrasts {
        case .fixed(let contrast): (kinds, options) = ([contrast], [:])
        case .chosen(let option, let standard):
            kinds = wanted ?? [standard]
            guard let first = kinds.first else {
                let names = Contrast.allCases.map(\.rawValue).joined(separator: ", ")
                throw .parameter("contrasts", value: "empty", expected: "at least one of \(names)")
            }
            options = [option: first.rawValue]
        }
        try VolumeError.require((1...9999).contains(count), "count", count, "a number from 1 to 9999")
        let generator = RandomGenerator(seed: seed)
        for number in 1...count {
            guard !Interrupt.isRequested else { throw .interrupted }
            let block = generator.nextBlock()
            let phantom = try Phantom(disease, seed: UInt64(block[0]) | UInt64(block[1]) << 32, shape: shape)
            for contrast in kinds {
                let path = try Self.made("\(folder)/\(image(number, contrast))")
                try phantom.image(contrast).write(to: path, type: .int16, isScaled: true)
            }
            try phantom.labels.write(to: Self.made("\(folder)/\(labels(number))"), type: .uint8)
        }
        if let (path, text) = index?(count, kinds) {
            let path = try Self.made("\(folder)/\(path)")
            try VolumeError.wrapping(path: path) { try WholeFile.replace(path, with: Data(text.utf8)) }
        }
        return options
    }

    /// The path, whose folder there is now.
    private static func made(_ path: String) throws(VolumeError) -> String {
        do throws(FileError) {
            try FileSystem.makeFolder(path.parentPath)
            return path
        } catch {
            throw .system(path: error.path, reason: "the folder cannot be made: \(error.reason)")
        }
    }
}

extension DatasetLayout {
    /// Writes `count` phantoms into `folder` in this layout, and returns the data set; throws where the layout has
    /// none.
    ///
    /// Subject k has the seed of the k-th block of the stream `seed`; `shape` is depth, height, width. `contrasts`
    /// (default: the layout's) are the scans of each head where the layout has several, and the data set's scan is the
    /// first. Other subjects that lie in the folder belong to it.
    @discardableResult
    public func writePhantoms(
        to folder: String, count: Int, seed: UInt64, shape: [Int] = [48, 56, 48], contrasts: [Contrast]? = nil
    ) throws(VolumeError) -> Dataset {
        guard let phantoms else {
            throw .parameter("layout", value: "'\(name)'", expected: "one in which phantoms are written")
        }
        let options = try phantoms.write(to: folder, count: count, seed: seed, shape: shape, contrasts: contrasts)
        return try dataset(in: folder, options)
    }
}

extension Int {
    /// The number in decimal, with zeros before it where it has fewer digits than `width`.
    func padded(to width: Int) -> String {
        let digits = "\(self)"
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
