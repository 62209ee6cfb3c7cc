/// The limits of the control groups that a process is in, as a container or a cluster sets them.
package struct ControlGroups {
    /// The folders of the memory group and of those around it.
    private let folders: [String]
    private let files: Files

    /// The names of the files with a group's limit and its use, and of the line of its statistics with what of that the
    /// system gives back at once: cached files.
    private struct Files {
        let limit, use, cached: String

        static let version1 = Files(
            limit: "memory.limit_in_bytes", use: "memory.usage_in_bytes", cached: "total_inactive_file ")
        static let version2 = Files(limit: "memory.max", use: "memory.current", cached: "inactive_file ")
    }

    /// The groups of this process.
    static let current = ControlGroups(
        membership: AvailableMemory.text(of: "/proc/self/cgroup") ?? "", root: "/sys/fs/cgroup")

    /// The groups that a `membership` such as the text of /proc/self/cgroup names, in the file tree at `root`: those of
    /// version 1 where it has a folder "memory", even beside others of version 2.
    package init(membership: String, root: String) {
        var version2: String?
        for line in membership.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            if parts[1].split(separator: ",").contains("memory") {
                folders = Self.parents(of: String(parts[2]), in: root + "/memory")
                files = .version1
                return
            }
            if parts[0] == "0", parts[1].isEmpty { version2 = String(parts[2]) }
        }
        folders = version2.map { Self.parents(of: $0, in: root) + Self.parents(of: $0, in: root + "/unified") } ?? []
        files = .version2
    }

    /// The folders of a group and of all that it lies in; a container sees its own as the root.
    private static func parents(of path: String, in root: String) -> [String] {
        var folders = [root]
        for part in path.split(separator: "/") where part != ".." {
            folders.append(folders[folders.count - 1] + "/" + part)
        }
        return folders.reversed()
    }

    /// The least that any of the groups leaves, where cached files do not count as used; nil without a limit.
    package var availableBytes: Int? {
        folders.compactMap { folder in
            guard let most = number(folder + "/" + files.limit), let used = number(folder + "/" + files.use) else {
                return nil
            }
            let cached = AvailableMemory.number(in: folder + "/memory.stat", after: files.cached) ?? 0
            return max(most - max(used - cached, 0), 0)
        }.min()
    }

    private func number(_ path: String) -> Int? {
        AvailableMemory.text(of: path).flatMap { Int($0.prefix { $0.isNumber }) }
    }
}
