import Foundation
import Support
import TestSupport
import Testing

/// Limits of memory are read from the files of control groups, which are made by hand here.
struct ControlGroupsTests {
    private static let version2 = [
        "memory.max": "1000000\n", "memory.current": "600000\n",
        "memory.stat": "anon 100000\nfile 500000\ninactive_file 300000\nactive_file 200000\n",
    ]
    private static let version1 = [
        "memory.limit_in_bytes": "2000000\n", "memory.usage_in_bytes": "900000\n",
        "memory.stat": "cache 1\ninactive_file 7\ntotal_inactive_file 400000\n",
    ]
    private static let unlimited2 = version2.merging(["memory.max": "max\n"]) { $1 }
    private static let unlimited1 = version1.merging(["memory.limit_in_bytes": "9223372036854771712\n"]) { $1 }
    private static let full = version2.merging(["memory.current": "1400000\n"]) { $1 }
    private static let others = "12:cpu,cpuacct:/job\n1:name=systemd:/\n"

    /// Which files there are, what /proc/self/cgroup says, and the bytes that are left.
    @Test(
        arguments: [
            // A group of version 2, within another that leaves more, or less, or has no limit.
            (["/job": version2], "0::/job\n", 700_000),
            (["/job": version2, "": unlimited2], "0::/job\n", 700_000),
            (["/job/step": version2, "/job": full], "0::/job/step\n", 0),
            (["/job/step": unlimited2, "/job": version2], "0::/job/step\n", 700_000),
            (["/job": unlimited2], "0::/job\n", nil),
            (["/job": version2], "0::/other\n", nil),
            // A container, which sees its own group as the root, by either name.
            (["": version2], "0::/\n", 700_000),
            (["": version2], "0::/docker/4ee5\n", 700_000),
            (["": version2], "0::/../../job\n", 700_000),
            (["/memory": version1], "4:memory:/docker/4ee5\n0::/\n", 1_500_000),
            // Version 1, alone, with other controllers, and beside version 2, which may have the controller of memory.
            (["/memory/job": version1], others + "9:memory:/job\n", 1_500_000),
            (["/memory/a:b": version1], "9:memory:/a:b\n", 1_500_000),
            (["/memory/job": unlimited1, "/memory": version1], "9:memory,hugetlb:/job\n0::/job\n", 1_500_000),
            (["/unified/job": version2], others + "0::/job\n", 700_000),
            // No group, and files that are not what they should be.
            ([:], "", nil), (["/job": version2], "0:/job\nnonsense\n::\n", nil),
            (["/job": ["memory.max": "1000000\n"]], "0::/job\n", nil),
            (["/job": ["memory.max": "lots\n", "memory.current": "1\n"]], "0::/job\n", nil),
            (["/job": ["memory.max": "99999999999999999999\n", "memory.current": "1\n"]], "0::/job\n", nil),
            (["/job": ["memory.max": "1000\n", "memory.current": "400\n"]], "0::/job\n", 600),
        ] as [([String: [String: String]], String, Int?)])
    func theLeastLimitCounts(groups: [String: [String: String]], membership: String, left: Int?) throws {
        let root = try TemporaryFolder()
        for (group, files) in groups {
            try FileManager.default.createDirectory(atPath: root.path + group, withIntermediateDirectories: true)
            for (name, text) in files { try root.write(Array(text.utf8), to: String(group.dropFirst()) + "/" + name) }
        }
        #expect(ControlGroups(membership: membership, root: root.path).availableBytes == left)
    }
}
