# Renders templates with Ruby Liquid, in lax mode and in UTC: a line of JSON in, a line of JSON out.
# A case is {"template", "fields", "partials"}; an answer {"ok"}, {"error", "line"}, or {"crash"}, where Ruby
# Liquid itself fails.
# LIQUID_LIB names the lib folder of a checkout to use instead of the installed version.
ENV["TZ"] = "UTC"
$LOAD_PATH.unshift(ENV["LIQUID_LIB"]) if ENV["LIQUID_LIB"]
require "json"
require "time"
require "strscan"
require "bigdecimal"

# Newer versions of Liquid want these two of newer versions of strscan.
class StringScanner
  def peek_byte
    string.getbyte(pos)
  end unless method_defined?(:peek_byte)

  def scan_byte
    peek_byte.tap { self.pos += 1 unless eos? }
  end unless method_defined?(:scan_byte)
end

require "liquid"

class Partials
  def initialize(texts)
    @texts = texts
  end

  def read_template_file(name)
    @texts.fetch(name) { raise Liquid::FileSystemError, "No such template '#{name}'" }
  end
end

def answer(kase)
  # With line numbers on, inline errors would carry them, and the helpdesk's do not.
  template = Liquid::Template.parse(kase["template"], error_mode: :lax)
  registers = kase["partials"] ? { file_system: Partials.new(kase["partials"]) } : {}
  { ok: template.render(kase["fields"], registers: registers) }
rescue Liquid::Error => refused
  line = begin
    Liquid::Template.parse(kase["template"], error_mode: :lax, line_numbers: true)
  rescue Liquid::Error => again
    again.line_number
  end
  { error: refused.to_s, line: line }
rescue ::StandardError => crashed
  { crash: crashed.class.name }
end

puts JSON.generate(version: Liquid::VERSION)
STDIN.each_line { |line| puts JSON.generate(answer(JSON.parse(line))) }
