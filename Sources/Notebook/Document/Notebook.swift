import Foundation
import Support

/// A notebook, as an .ipynb file holds it (nbformat 4).
///
/// The JSON that was read is kept: unknown fields, the order of fields and the digits of numbers stay as they were.
public struct Notebook: Equatable, Sendable {
    /// All but the cells.
    private var json: JSON
    /// The cells, in order.
    public var cells: [Cell]

    /// A notebook of Lua for Lunette's kernel, in nbformat 4.5.
    public init(cells: [Cell] = []) {
        let kernel = JSON.record([
            "display_name": .string("Lunette"), "language": .string("lua"), "name": .string("lunette"),
        ])
        let language = JSON.record([
            "file_extension": .string(".lua"), "mimetype": .string("text/x-lua"), "name": .string("lua"),
            "version": .string("5.4"),
        ])
        json = .record([
            "cells": .array([]), "metadata": .record(["kernelspec": kernel, "language_info": language]),
            "nbformat": .number(4), "nbformat_minor": .number(5),
        ])
        self.cells = cells
        completeIDs()
    }

    /// Reads the text of an .ipynb file; an error says which part is not as nbformat 4 has it.
    public init(parsing text: some Collection<UInt8>) throws(NotebookError) {
        let json: JSON
        do {
            json = try JSON(parsing: text, keepingDigits: true)
        } catch {
            throw NotebookError("\(error)")
        }
        guard json.members != nil, let version = json["nbformat"] else {
            throw NotebookError("no notebook: the field 'nbformat' expected")
        }
        guard version.integer == 4 else {
            throw NotebookError("nbformat is \(version), expected 4 (Jupyter converts older notebooks)")
        }
        guard let elements = json["cells"]?.elements else {
            throw NotebookError("'cells': a list expected")
        }
        cells = []
        for (index, element) in elements.enumerated() {
            do throws(NotebookError) {
                cells.append(try Cell(element))
            } catch {
                throw NotebookError("cell \(index + 1): \(error.reason)")
            }
        }
        self.json = json.setting("cells", to: .array([]))
    }

    /// The notebook's own metadata, an object.
    public var metadata: JSON {
        get { json["metadata"] ?? .object([]) }
        set { json = json.setting("metadata", to: newValue) }
    }

    /// Whether its metadata name Lua as the language, or none.
    var isLua: Bool {
        let language = metadata["kernelspec"]?["language"]?.text ?? metadata["language_info"]?["name"]?.text
        return language.map { $0.lowercased() == "lua" } ?? true
    }

    /// What a file of Lua loses beside the outputs, in words; nil where that is nothing.
    public var lostInLua: String? {
        let count = cells.filter(\.hasAttachments).count
        return count == 0 ? nil : "the pictures attached to \(count == 1 ? "one text" : "\(count) texts") are left out"
    }

    /// What a page shows in another way than it is meant, in words; nil where that is nothing.
    public var lostOnPage: String? {
        let texts = cells.filter { $0.kind == .markdown }.map { Markdown.html($0.source) }
        let count = texts.map { $0.components(separatedBy: MathML.unknownStart).count - 1 }.reduce(0, +)
        guard count > 0 else { return nil }
        let formulas = count == 1 ? "one formula is" : "\(count) formulas are"
        return "\(formulas) shown as LaTeX, of which something is not known"
    }

    /// The notebook as the text of an .ipynb file.
    public var text: String { json.setting("cells", to: .array(cells.map(\.json))).indented + "\n" }

    /// The text of the first heading of level 1; nil where there is none.
    public var title: String? {
        for cell in cells where cell.kind == .markdown {
            let heading = cell.source.split(separator: "\n").first { $0.hasPrefix("# ") }
            if let heading { return String(heading.dropFirst(2)) }
        }
        return nil
    }

    /// Gives an id to each cell that has none, where the format (4.5 or later) asks for it.
    ///
    /// Ids count from "cell-1", so that the same notebook gets the same ids.
    public mutating func completeIDs() {
        guard (json["nbformat_minor"]?.integer ?? 0) >= 5 else { return }
        var taken = Set(cells.compactMap(\.id))
        for index in cells.indices where cells[index].id == nil {
            var number = index + 1
            while !taken.insert("cell-\(number)").inserted { number += 1 }
            cells[index].id = "cell-\(number)"
        }
    }
}

/// What is wrong with a notebook, or with the use of one.
public struct NotebookError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, with its place.
    public let reason: String

    /// Something is wrong for a reason.
    public init(_ reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { reason }
}
