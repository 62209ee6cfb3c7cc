-- The index of a gallery: a card a notebook, with its title, first paragraph, and first picture.
--
--   lunette Scripts/gallery.lua FOLDER Notebooks/*.lua
--
-- FOLDER has NAME.ipynb (with outputs) and NAME.html of each Notebooks/NAME.lua, as Scripts/gallery leaves them.

local folder = assert(arg[1], "usage: lunette Scripts/gallery.lua FOLDER NOTEBOOK.lua...")

local function read(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read("a")
    file:close()
    return text
end

local entities = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;"}
local function escape(text) return (text:gsub("[&<>\"]", entities)) end

--- The title of a notebook and the paragraph after it, without marks of emphasis.
local function opening(source)
    local title, rest = source:match("\n%-%- # ([^\n]+)(.*)")
    local paragraph = {}
    for line in (rest or ""):gmatch("\n%-%- ?([^\n]*)") do
        if line == "" and #paragraph > 0 or line:find("^%%%%") then break end
        if line ~= "" then paragraph[#paragraph + 1] = line end
    end
    return title, (table.concat(paragraph, " "):gsub("[*`]", ""):gsub("%[([^%]]+)%]%b()", "%1"))
end

local cards = {}
for i = 2, #arg do
    local name = arg[i]:match("([^/]+)%.lua$")
    if not name then error(("NOTEBOOK: a name that ends in .lua expected, got '%s'"):format(arg[i]), 0) end
    local title, paragraph = opening("\n" .. read(arg[i]))
    local picture = read(folder .. "/" .. name .. ".ipynb"):match('"image/png": "([%w+/=]+)"')
    cards[#cards + 1] = ('<a href="%s.html"><h2>%s</h2>%s<p>%s</p></a>'):format(
        name, escape(title or name),
        picture and ('<img alt="" src="data:image/png;base64,%s">'):format(picture) or "", escape(paragraph))
end

local page = [[
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Lunette: notebooks</title>
<style>
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 66rem; font: 1rem/1.5 system-ui, sans-serif; color: #222 }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1.5rem; align-items: start }
a { display: block; padding: 1rem; border: 1px solid #ccc; border-radius: 6px; color: inherit; text-decoration: none }
a:hover, a:focus { border-color: #0072b2 }
h2 { margin: 0 0 .6rem; font-size: 1.15rem; color: #0072b2 }
img { display: block; max-width: 100%; max-height: 18rem; margin: 0 auto .6rem }
p { margin: 0 }
</style>
<h1>Notebooks</h1>
<main>
]] .. table.concat(cards, "\n") .. "\n</main>\n</html>\n"

study.write_text(folder .. "/index.html", page)
print(("%s/index.html: %d notebooks"):format(folder, #cards))
