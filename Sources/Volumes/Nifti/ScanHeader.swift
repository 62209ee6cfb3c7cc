import CNifti

/// What the header of a scan says beside its size and its voxels' type: how and in which unit it lies in the world, what
/// it is meant for, and its notes. A map of the scan is written with the same.
final class ScanHeader: Sendable {
    private let header: nifti_2_header

    /// Keeps what the library's description of a scan says.
    init(_ image: UnsafeMutablePointer<nifti_image>) {
        var header = nifti_2_header()
        nifti_convert_nim2n2hdr(image, &header)
        // The range of the scan's grey levels is not that of a map.
        (header.cal_min, header.cal_max) = (0, 0)
        (header.scl_slope, header.scl_inter) = (0, 0)
        self.header = header
    }

    /// The library's description of an image of this header; nil where it cannot make one.
    var image: nifti_image? {
        guard let image = nifti_convert_n2hdr2nim(header, nil) else { return nil }
        defer { nifti_image_free(image) }
        var copy = image.pointee
        (copy.fname, copy.iname, copy.data, copy.ext_list, copy.num_ext) = (nil, nil, nil, nil, 0)
        return copy
    }
}
