-- Sets all citations of a book: JSON on standard input, JSON on standard output.
-- Input: {"bibliography": BIBTEX, "lang": CODE, "groups": [{"textual": BOOL, "keys": [KEY, …]}, …]}
-- Output: {"known": [KEY, …], "document": DOCUMENT}: a document of one paragraph per group, then the
-- division “refs” with the entries that are cited.

local job = pandoc.json.decode(io.read('a'), false)
local references = pandoc.read(job.bibliography, 'bibtex').meta.references or {}
local known = {}
for index, reference in ipairs(references) do
  known[index] = pandoc.utils.stringify(reference.id)
end

local blocks = {}
for index, group in ipairs(job.groups) do
  local citations = {}
  for place, key in ipairs(group.keys) do
    local textual = group.textual and place == 1
    citations[place] = pandoc.Citation(key, textual and 'AuthorInText' or 'NormalCitation')
  end
  blocks[index] = pandoc.Para({ pandoc.Cite({}, citations) })
end
local meta = { references = references, lang = job.lang, ['link-citations'] = true }
local document = pandoc.utils.citeproc(pandoc.Pandoc(blocks, meta))
io.write(pandoc.json.encode({
  known = known,
  document = pandoc.write(pandoc.Pandoc(document.blocks), 'json'),
}))
