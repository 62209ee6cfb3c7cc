import CNifti
import Support

/// A file that is read or written through the nifti library's layer over zlib, compressed or not.
final class CompressedFile {
    private var handle: znzFile?

    /// Opens the file at `path` to read ("rb") or to write ("wb"); nil where that fails.
    init?(path: String, mode: String, compressed: Bool) {
        handle = znzopen(path, mode, compressed ? 1 : 0)
        guard handle != nil else { return nil }
    }

    deinit { close() }

    /// Reads up to `buffer.count` bytes; returns how many there were, or nil where the data are damaged.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let count = znzread(buffer.baseAddress, 1, buffer.count, handle)
        return (0...buffer.count).contains(count) ? count : nil
    }

    /// Reads exactly `buffer.count` bytes in the byte order and of the type that `image` says, into this machine's.
    ///
    /// The library's own nifti_read_buffer is no choice: it turns numbers that are not finite into 0.
    func read(into buffer: UnsafeMutableRawBufferPointer, as image: UnsafeMutablePointer<nifti_image>) -> Bool {
        guard read(into: buffer) == buffer.count else { return false }
        let size = image.pointee.swapsize
        if size > 1, image.pointee.byteorder != nifti_short_order() {
            nifti_swap_Nbytes(Int64(buffer.count) / Int64(size), size, buffer.baseAddress)
        }
        return true
    }

    /// Goes to byte `position` of the uncompressed data.
    func seek(to position: Int) -> Bool { znzseek(handle, position, 0) >= 0 }

    /// Writes all of `bytes`, unless an interrupt stops it; returns whether that succeeded.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.pieces.allSatisfy { piece in
            !Interrupt.isRequested && znzwrite(piece.baseAddress, 1, piece.count, handle) == piece.count
        }
    }

    /// Closes the file; returns whether all that was written has arrived.
    @discardableResult
    func close() -> Bool {
        guard handle != nil else { return true }
        return Xznzclose(&handle) == 0
    }
}
