local page = {}
function page.write() end
return page
