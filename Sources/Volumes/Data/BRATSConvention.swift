/// How a year of BRATS names the files of a subject, and which labels it has.
enum BRATSConvention {
    /// 2018 to 2021: NAME_t1, NAME_t1ce, NAME_t2, NAME_flair and NAME_seg; labels 0, 1, 2 and 4.
    case underscores
    /// From 2023 on: NAME-t1n, NAME-t1c, NAME-t2w, NAME-t2f and NAME-seg; labels 0, 1, 2 and 3.
    case hyphens

    /// The names of the kinds of scans in both conventions.
    private static let modalities = [("t1", "t1n"), ("t1ce", "t1c"), ("t2", "t2w"), ("flair", "t2f")]

    /// The convention of a subject's name: BraTS-GLI-00000-000 since 2023, before Brats18_2013_2_1 and BraTS2021_00000.
    init(subject id: String) { self = id.hasPrefix("BraTS-") ? .hyphens : .underscores }

    /// The labels that may occur.
    var labels: [Int] {
        switch self {
        case .underscores: [0, 1, 2, 4]
        case .hyphens: [0, 1, 2, 3]
        }
    }

    /// The file of a kind of scan, named in either convention, or of "seg"; throws where there is no such kind.
    func file(of id: String, _ modality: String) throws(VolumeError) -> String {
        guard let (old, new) = (Self.modalities + [("seg", "seg")]).first(where: { $0 == modality || $1 == modality })
        else {
            throw .parameter(
                "modality", value: "'\(modality)'", expected: "t1, t1ce, t2 or flair, or t1n, t1c, t2w or t2f")
        }
        return switch self {
        case .underscores: "\(id)_\(old).nii.gz"
        case .hyphens: "\(id)-\(new).nii.gz"
        }
    }
}
