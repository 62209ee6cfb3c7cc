extension DatasetLayout {
    /// The layout of BRATS: a folder per subject, within HGG and LGG or directly in the data set's folder.
    ///
    /// The files are named as in 2018 and 2021 (NAME_t2.nii.gz, NAME_seg.nii.gz; labels 0, 1, 2, 4) or, where a
    /// subject's name begins with "BraTS-", as in 2023 (NAME-t2w.nii.gz, NAME-seg.nii.gz; labels 0, 1, 2, 3); .gz may
    /// be missing.
    public static let brats = DatasetLayout(
        "brats",
        "NAME/NAME_t2 and NAME_seg (2018, 2021), or BraTS-NAME/BraTS-NAME-t2w and -seg (2023), within HGG and LGG or not",
        options: BRATSOption.self, labels: "0, 1, 2, 4 (2023: 0, 1, 2, 3)",
        phantoms: PhantomFiles(
            .tumour, contrasts: .chosen(BRATSOption.modality.rawValue, default: .t2),
            image: { number, contrast in "\(phantom(number))_\(contrast.rawValue).nii.gz" },
            labels: { number in "\(phantom(number))_seg.nii.gz" },
            index: nil),
        expected: { value in
            "folders NAME with NAME_\(value(.modality)).nii.gz and NAME_seg.nii.gz, or as in BRATS 2023"
        },
        subjects: { folder, value, rules throws(VolumeError) in
            let modalities = try value(.modality).listed("modality")
            let grades = try Folder.names(in: folder, folders: true).filter { ["HGG", "LGG"].contains($0) }
            var subjects: [Subject] = []
            for parent in grades.isEmpty ? [folder] : grades.map({ "\(folder)/\($0)" }) {
                for id in try Folder.names(in: parent, folders: true) {
                    let convention = BRATSConvention(subject: id)
                    let stem = "\(parent)/\(id)/"
                    let scans = try modalities.map { modality throws(VolumeError) in
                        let (name, file) = try convention.file(of: id, modality)
                        return ScanFile(name: name, path: stem + file)
                    }
                    try VolumeError.require(
                        Set(scans.map(\.name)).count == scans.count, "modality", "'\(value(.modality).shown)'",
                        "each kind of scan once")
                    subjects.append(
                        Subject(
                            id: id, scans: scans,
                            labels: ScanFile(name: "labels", path: stem + (try convention.file(of: id, "seg").file)),
                            rules: try convention.rules(rules)))
                }
            }
            return subjects
        },
        scheme: { _, areRegions throws(VolumeError) in
            areRegions ? try BRATSConvention.underscores.regions : try BRATSConvention.underscores.classes
        })

    /// The path of a phantom up to the mark of the file: every fourth is an LGG.
    private static func phantom(_ number: Int) -> String {
        let name = "Brats18_P\(number.padded(to: 3))_1"
        return "\(number % 4 == 0 ? "LGG" : "HGG")/\(name)/\(name)"
    }
}

private enum BRATSOption: String, LayoutOption {
    case modality

    var summary: String { "which scan or scans, such as 't1, t1ce, t2, flair', in the names of any year" }

    var defaultValue: String? { "t2" }
}

/// How a year of BRATS names the files of a subject, and which labels it has.
private enum BRATSConvention {
    /// 2018 to 2021: NAME_t1, NAME_t1ce, NAME_t2, NAME_flair and NAME_seg; labels 0, 1, 2 and 4.
    case underscores
    /// From 2023 on: NAME-t1n, NAME-t1c, NAME-t2w, NAME-t2f and NAME-seg; labels 0, 1, 2 and 3.
    case hyphens

    /// The names of the kinds of scans in both conventions.
    private static let modalities = [("t1", "t1n"), ("t1ce", "t1c"), ("t2", "t2w"), ("flair", "t2f")]

    /// The convention of a subject's name: BraTS-GLI-00000-000 since 2023, before Brats18_2013_2_1 and BraTS2021_00000.
    init(subject id: String) { self = id.hasPrefix("BraTS-") ? .hyphens : .underscores }

    /// The label of enhancing tumour.
    private var enhancing: Int { self == .underscores ? 4 : 3 }

    /// Necrotic core, oedema and enhancing tumour.
    var classes: LabelScheme {
        get throws(VolumeError) {
            try LabelScheme(
                [.init("necrosis", [1]), .init("oedema", [2]), .init("enhancing", [enhancing])], areRegions: false)
        }
    }

    /// Whole tumour, tumour core and enhancing tumour, which BRATS judges by.
    var regions: LabelScheme {
        get throws(VolumeError) {
            try LabelScheme(
                [.init("WT", [1, 2, enhancing]), .init("TC", [1, enhancing]), .init("ET", [enhancing])],
                areRegions: true)
        }
    }

    /// The rules with the labels that may occur; classes and regions of the earlier years mean those of this one.
    func rules(_ rules: MaskRules) throws(VolumeError) -> MaskRules {
        let earlier = Self.underscores
        let scheme =
            if try rules.scheme == earlier.regions { try regions } else if try rules.scheme == earlier.classes {
                try classes
            } else { rules.scheme }
        return try rules.with(scheme).knowing([0, 1, 2, enhancing])
    }

    /// The name of a kind of scan, given in either convention, or of "seg", and its file; throws where there is no such
    /// kind.
    func file(of id: String, _ modality: String) throws(VolumeError) -> (name: String, file: String) {
        guard let (old, new) = (Self.modalities + [("seg", "seg")]).first(where: { $0 == modality || $1 == modality })
        else {
            throw .parameter(
                "modality", value: "'\(modality)'", expected: "t1, t1ce, t2 or flair, or t1n, t1c, t2w or t2f")
        }
        return switch self {
        case .underscores: (old, "\(id)_\(old).nii.gz")
        case .hyphens: (old, "\(id)-\(new).nii.gz")
        }
    }
}
