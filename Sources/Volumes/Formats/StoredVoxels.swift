import Foundation
import Support
import Tensors

/// The voxels of a file whose header has been checked: where they begin, how they are stored, and where in the world
/// they lie.
struct StoredVoxels {
    /// How the bytes of voxels are packed.
    enum Encoding: Equatable {
        /// As they are, or the file compressed as a whole, which is seen by its first bytes.
        case detected
        /// As they are.
        case raw
        /// Compressed, from this byte of the file on.
        case gzip(at: Int)
        /// As numbers in decimal, from this byte of the file on.
        case text(at: Int)
    }

    /// The file that they are in.
    let path: String
    /// Where they lie; its shape is that of one frame.
    let grid: Grid
    /// How many volumes of that shape the file holds.
    let frames: Int
    /// All sizes as the header lists them.
    let dimensions: [Int]
    /// How many voxels of a frame stand together before those of the next: all, unless the axis of the frames is not
    /// the last.
    let run: Int
    /// The NIfTI code of their type.
    let type: Int32
    /// Whether bytes are in the other order than this machine's.
    let isSwapped: Bool
    /// value = slope * stored + intercept; nil where values are as stored.
    let scale: (slope: Double, intercept: Double)?
    /// The byte at which they begin, of the unpacked data.
    let offset: Int
    /// How they are packed.
    let encoding: Encoding

    /// The most bytes to which one byte of gzip data can expand (deflate's limit).
    private static let largestExpansion = 1032

    /// Voxels are read and converted in pieces of this many.
    private static let piece = 1 << 16

    private var bytesPerVoxel: Int { NiftiType.bytes[type] ?? 1 }

    /// The only volume, or volume `frame` (from 1), its values scaled as the header says.
    ///
    /// Nothing larger than the file can fill is allocated.
    func volume(frame: Int?) throws(VolumeError) -> Volume {
        guard let index = frame ?? (frames == 1 ? 1 : nil), (1...frames).contains(index) else {
            throw defect(.frames(count: frames, dimensions: dimensions, chosen: frame))
        }
        let file = try opened()
        let count = grid.count
        let purpose = "\(path.shown), of \(grid.shape.reversed().shapeText) voxels"
        var decoder = VoxelDecoder(type: type, isSwapped: isSwapped, scale: scale)
        let volume = try Volume(on: grid, for: purpose) { values throws(VolumeError) in
            do throws(FormatDefect) {
                try read(frame: index - 1, of: file, with: &decoder, into: values)
            } catch {
                throw defect(error)
            }
            guard !Interrupt.isRequested else { throw .interrupted }
        }
        if decoder.lossCount > 0 {
            StandardStream.warnOnce(
                "\(path.shown): \(decoder.lossCount) of \(count) voxels are beyond single precision, such as "
                    + decoder.firstLoss)
        }
        return volume
    }

    /// Reads the voxels of a frame, from 0, piece by piece, and decodes them to `values`.
    private func read(
        frame: Int, of file: any VoxelFile, with decoder: inout VoxelDecoder, into values: UnsafeMutablePointer<Float>
    ) throws(FormatDefect) {
        let bytes = bytesPerVoxel
        let count = grid.count
        // Frames that follow one another are gone to; where their voxels alternate, all are read and others dropped.
        let isMixed = run < count
        let stored = isMixed ? count * frames : count
        guard file.seek(to: offset + (isMixed ? 0 : frame * count * bytes)) else {
            throw .truncated(voxels: 0, expected: count)
        }
        let raw = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(Self.piece, stored) * bytes, alignment: 16)
        defer { raw.deallocate() }
        var decoded = 0
        for first in stride(from: 0, to: stored, by: Self.piece) where !Interrupt.isRequested {
            let wanted = min(Self.piece, stored - first)
            let part = UnsafeMutableRawBufferPointer(rebasing: raw[..<(wanted * bytes)])
            guard try file.read(into: part) == part.count else { throw .truncated(voxels: first, expected: stored) }
            var kept = wanted
            if isMixed {
                kept = 0
                for voxel in 0..<wanted where (first + voxel) / run % frames == frame {
                    for byte in 0..<bytes { part[kept * bytes + byte] = part[voxel * bytes + byte] }
                    kept += 1
                }
            }
            decoder.decode(
                UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(part)[..<(kept * bytes)]), to: values + decoded)
            decoded += kept
        }
        // Where the data end here, asking for more makes zlib compare gzip's checksum.
        if file is CompressedFile, !Interrupt.isRequested {
            _ = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: raw[..<1]))
        }
    }

    /// The file, opened; throws where the header promises more than it can hold, before anything of that size is
    /// allocated.
    private func opened() throws(VolumeError) -> any VoxelFile {
        let voxels = grid.count * frames
        let size = FileSystem.size(path) ?? 0
        var (promised, available) = (offset + voxels * bytesPerVoxel, size)
        let file: any VoxelFile
        switch encoding {
        case .detected:
            let compressed = try VolumeError.wrapping { try CompressedFile(reading: path) }
            if compressed.isCompressed { available = size * Self.largestExpansion }
            file = compressed
        case .raw:
            file = try VolumeError.wrapping { try PlainFile(path) }
        case .gzip(let start):
            let compressed = try VolumeError.wrapping { try CompressedFile(reading: path, from: start) }
            guard compressed.isCompressed else {
                throw defect(.field("encoding", value: "gzip", expected: "what the data are: they are not gzip's"))
            }
            available = max(size - start, 0) * Self.largestExpansion
            file = compressed
        case .text(let start):
            // Each number has a digit and, but for the last, a space behind it.
            (promised, available) = (2 * voxels - 1, max(size - start, 0))
            file = try VolumeError.wrapping { try TextVoxelFile(path, from: start, type: type) }
        }
        guard promised <= available else { throw defect(.promises(bytes: promised, available: available)) }
        return file
    }

    private func defect(_ defect: FormatDefect) -> VolumeError { .malformed(path: path, defect) }
}
