-- Converts many documents in one start of pandoc: JSON on standard input, JSON on standard output.
-- Input: {"from": FORMAT, "to": FORMAT, "options": {…}, "documents": [TEXT, …]}
-- Output: [{"text": TEXT} or {"error": MESSAGE}, …], in the same order.

local job = pandoc.json.decode(io.read('a'), false)
local results = {}
for index, text in ipairs(job.documents) do
  local ok, result = pcall(function()
    -- Wide tables keep the widths of their content: no column limit.
    local document = pandoc.read(text, job.from, pandoc.ReaderOptions({ columns = 100000 }))
    return pandoc.write(document, job.to, pandoc.WriterOptions(job.options))
  end)
  results[index] = ok and { text = result } or { error = tostring(result) }
end
io.write(pandoc.json.encode(results))
