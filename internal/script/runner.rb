# Answers requests, one JSON line each, with the user's Ruby. Replies leave by a
# copy of stdout; what the user's code prints goes to stderr. All of it stands in
# one module: methods that the user's files define must not get in its way.
require "json"

module GenopsRunner
  Fault = Class.new(StandardError)

  class << self
    def run
      @mark = ARGV.shift
      @replies, requests = STDOUT.dup, STDIN.dup
      [@replies, requests].each(&:binmode)
      STDOUT.reopen(STDERR)
      STDOUT.sync = true
      STDIN.reopen(File::NULL)
      @files, @inline = {}, {}
      reply("id" => 0, "ok" => RUBY_VERSION)
      requests.each_line { |line| reply(serve(JSON.parse(line.force_encoding("UTF-8"), max_nesting: false))) }
    end

    private

    def reply(body)
      @replies.write(@mark + (body.is_a?(String) ? body : JSON.generate(body)) + "\n")
      @replies.flush
    end

    def serve(request)
      id = request["id"]
      result = request["ping"] ? nil : number(answer(request))
      JSON.generate({ "id" => id, "ok" => result }, max_nesting: false)
    rescue Fault => e
      { "id" => id, "fault" => e.message }
    rescue SignalException
      raise
    rescue Exception => e # SystemExit too: it ends the call, not the others
      { "id" => id, "thrown" => { "name" => e.class.name.to_s, "message" => said(e), "stack" => text(trace(e)) } }
    end

    def text(s) = s.to_s.dup.force_encoding("UTF-8").scrub

    def said(e)
      text(e.message)
    rescue Exception
      "a value that can't be shown"
    end

    def trace(e) = ["#{e.class}: #{said(e)}", *e.backtrace].join("\n")[0, 4096]

    def number(v)
      return finite(v) unless v.is_a?(Float) && !v.finite?
      { "$number" => v.nan? ? "NaN" : v.positive? ? "+Inf" : "-Inf" }
    end

    def finite(v)
      case v
      when Float then v.finite? ? v : nil
      when Hash then v.transform_values { |x| finite(x) }
      when Array then v.map { |x| finite(x) }
      else v
      end
    end

    def answer(request)
      args = request["args"] || []
      return inline(request).main(*args) unless request["kind"] == "file"
      target, name = pick(request)
      target.__send__(name, *args)
    end

    def main = TOPLEVEL_BINDING.receiver

    # pick finds a method at the top level of a file, or CLASS.METHOD.
    def pick(request)
      file, name = request["file"], request["function"].to_s
      load_once(file)
      owner, dot, method = name.rpartition(".")
      target = dot.empty? ? main : constant(owner)
      return [target, method] if target && target.respond_to?(method, dot.empty?)
      raise Fault, "#{File.basename(file)} has no method #{name.inspect}; it has #{@files[file].empty? ? 'none' : @files[file].join(', ')}"
    end

    def constant(name)
      Object.const_get(name)
    rescue NameError
      nil
    end

    def load_once(file)
      return if @files.key?(file)
      folder = File.dirname(file)
      $LOAD_PATH.unshift(folder) unless $LOAD_PATH.include?(folder)
      before = methods_now
      Kernel.load(file)
      @files[file] = (methods_now - before).sort
    end

    def methods_now = Object.private_instance_methods(false) + Object.public_instance_methods(false) + main.singleton_methods

    # inline makes code a method of an object of its own, so that what one snippet
    # defines doesn't reach the next.
    def inline(request)
      source, params = request["source"], (request["params"] || []).join(", ")
      @inline.clear if @inline.size > 1000
      @inline[[request["kind"], source, params]] ||= begin
        body = request["kind"] == "expression" ? "return #{source.strip}" : source
        object = Object.new
        def object.inspect = "main"
        object.instance_eval("def main(#{params})\n#{body}\nend", "<inline>", 0)
        object
      end
    end
  end
end

GenopsRunner.run
