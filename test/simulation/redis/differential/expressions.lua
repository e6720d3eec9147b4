1.9
-1.9
2^53
1e100
-1e100
0/0
true
false
nil
'text'
{1,2,nil,4}
{1,{2,{3}}}
{a=1}
{}
{1,false,true,'x',2.7}
{ok='fine'}
{err='ERR bad'}
{err='bad'}
{err='-bad'}
redis.status_reply('OK')
redis.error_reply('ERR my error')
redis.error_reply('MYCODE my error')
redis.error_reply('-MYCODE x')
redis.sha1hex('abc')
tostring(tonumber('1'))
tostring('1' == tostring(tonumber('1')))
tostring(tonumber(' 1 '))
tostring(' 1 ' == tostring(tonumber(' 1 ')))
tostring(tonumber('1.5'))
tostring('1.5' == tostring(tonumber('1.5')))
tostring(tonumber('1e3'))
tostring('1e3' == tostring(tonumber('1e3')))
tostring(tonumber('0x10'))
tostring('0x10' == tostring(tonumber('0x10')))
tostring(tonumber('0X1f'))
tostring('0X1f' == tostring(tonumber('0X1f')))
tostring(tonumber('-0x10'))
tostring('-0x10' == tostring(tonumber('-0x10')))
tostring(tonumber('abc'))
tostring('abc' == tostring(tonumber('abc')))
tostring(tonumber('1a'))
tostring('1a' == tostring(tonumber('1a')))
tostring(tonumber(''))
tostring('' == tostring(tonumber('')))
tostring(tonumber(' '))
tostring(' ' == tostring(tonumber(' ')))
tostring(tonumber('inf'))
tostring('inf' == tostring(tonumber('inf')))
tostring(tonumber('nan'))
tostring('nan' == tostring(tonumber('nan')))
tostring(tonumber('-inf'))
tostring('-inf' == tostring(tonumber('-inf')))
tostring(tonumber('infinity'))
tostring('infinity' == tostring(tonumber('infinity')))
tostring(tonumber('.5'))
tostring('.5' == tostring(tonumber('.5')))
tostring(tonumber('5.'))
tostring('5.' == tostring(tonumber('5.')))
tostring(tonumber('1e'))
tostring('1e' == tostring(tonumber('1e')))
tostring(tonumber('+3'))
tostring('+3' == tostring(tonumber('+3')))
tostring(tonumber('--3'))
tostring('--3' == tostring(tonumber('--3')))
tostring(tonumber('1 2'))
tostring('1 2' == tostring(tonumber('1 2')))
tostring(tonumber('0b1'))
tostring('0b1' == tostring(tonumber('0b1')))
tostring(tonumber('1_000'))
tostring('1_000' == tostring(tonumber('1_000')))
tostring(tonumber('1e400'))
tostring('1e400' == tostring(tonumber('1e400')))
tostring(1)
1 .. ''
string.format('%d', 1 < 2^53 and 1 or 7)
cjson.encode({math.min(1, 1e200)})
tostring(-0)
-0 .. ''
string.format('%d', -0 < 2^53 and -0 or 7)
cjson.encode({math.min(-0, 1e200)})
tostring(0.1)
0.1 .. ''
string.format('%d', 0.1 < 2^53 and 0.1 or 7)
cjson.encode({math.min(0.1, 1e200)})
tostring(1e14)
1e14 .. ''
string.format('%d', 1e14 < 2^53 and 1e14 or 7)
cjson.encode({math.min(1e14, 1e200)})
tostring(1e15)
1e15 .. ''
string.format('%d', 1e15 < 2^53 and 1e15 or 7)
cjson.encode({math.min(1e15, 1e200)})
tostring(123456789012345678)
123456789012345678 .. ''
string.format('%d', 123456789012345678 < 2^53 and 123456789012345678 or 7)
cjson.encode({math.min(123456789012345678, 1e200)})
tostring(2^63)
2^63 .. ''
string.format('%d', 2^63 < 2^53 and 2^63 or 7)
cjson.encode({math.min(2^63, 1e200)})
tostring(1e-5)
1e-5 .. ''
string.format('%d', 1e-5 < 2^53 and 1e-5 or 7)
cjson.encode({math.min(1e-5, 1e200)})
tostring(1e21)
1e21 .. ''
string.format('%d', 1e21 < 2^53 and 1e21 or 7)
cjson.encode({math.min(1e21, 1e200)})
tostring(1/0)
1/0 .. ''
string.format('%d', 1/0 < 2^53 and 1/0 or 7)
cjson.encode({math.min(1/0, 1e200)})
tostring(-1/0)
-1/0 .. ''
string.format('%d', -1/0 < 2^53 and -1/0 or 7)
cjson.encode({math.min(-1/0, 1e200)})
tostring(100000)
100000 .. ''
string.format('%d', 100000 < 2^53 and 100000 or 7)
cjson.encode({math.min(100000, 1e200)})
tostring(1e100)
1e100 .. ''
string.format('%d', 1e100 < 2^53 and 1e100 or 7)
cjson.encode({math.min(1e100, 1e200)})
tostring(3.0)
3.0 .. ''
string.format('%d', 3.0 < 2^53 and 3.0 or 7)
cjson.encode({math.min(3.0, 1e200)})
tostring(1.5e300)
1.5e300 .. ''
string.format('%d', 1.5e300 < 2^53 and 1.5e300 or 7)
cjson.encode({math.min(1.5e300, 1e200)})
tonumber('10', 2)
tonumber('ff', 16)
tonumber('zz', 36)
tonumber('8', 8)
tonumber('')
tonumber(nil)
tonumber({})
tonumber(true)
7 % 3
-7 % 3
7 % -3
5.5 % 2
2 ^ 10
'10' + 5
'3' * '4'
10 / 4
-'2'
1 .. 2
'a' < 'b'
'a' < 'B'
'' < 'a'
'10' < '9'
tostring(1 == '1')
tostring(nil == false)
tostring(not nil)
tostring(nil and 1)
tostring(false or nil)
tostring(0 and 'zero')
('x'):rep(3)
#'abc'
#{1,2,3}
#{1,2,nil}
#{nil,2}
#{n=1}
select('#', 1, nil, 3)
{select(2, 'a', 'b', 'c')}
{select(-1, 'a', 'b', 'c')}
type(nil)
type(cjson.null)
{unpack({1,2,3})}
{unpack({1,2,3}, 2)}
{unpack({1,2,3}, 2, 3)}
{unpack({}), 5}
{pcall(error, 'x')}
{pcall(error, {err='y'})}
tostring(pcall(error))
{pcall(function() return 1, 2 end)}
tostring(next({}))
{next({5})}
rawget({7}, 1)
tostring(rawequal('a', 'a'))
math.floor(-1.5)
math.ceil(1.2)
math.abs(-3)
math.max(1, 5, 3)
math.min(4, 2)
math.fmod(-7, 3)
tostring(math.huge)
math.pow(2, 5)
math.sqrt(16)
{math.modf(3.7)}
{string.find('hello', 'l')}
{string.match('hello', 'l')}
{string.find('hello', 'xyz')}
{string.match('hello', 'xyz')}
{string.find('hello', '')}
{string.match('hello', '')}
{string.find('hello', 'l+')}
{string.match('hello', 'l+')}
{string.find('hello', '(h)(.)')}
{string.match('hello', '(h)(.)')}
{string.find('hello', 'o$')}
{string.match('hello', 'o$')}
{string.find('hello', '^e')}
{string.match('hello', '^e')}
{string.find('a.b', '.', 2, true)}
{string.match('a.b', '.', 2, true)}
{string.find('a.b', '%.')}
{string.match('a.b', '%.')}
{string.find('hello', 'l', -2)}
{string.match('hello', 'l', -2)}
{string.find('hello', 'l', 10)}
{string.match('hello', 'l', 10)}
{string.find('key = value', '(%w+)%s*=%s*(%w+)')}
{string.match('key = value', '(%w+)%s*=%s*(%w+)')}
{string.find('abc', '()b()')}
{string.match('abc', '()b()')}
{string.find('bull:queue:12', '.*:(.*)')}
{string.match('bull:queue:12', '.*:(.*)')}
{string.find('[tag]', '%[(.-)%]')}
{string.match('[tag]', '%[(.-)%]')}
{string.find('aaa', 'a-b')}
{string.match('aaa', 'a-b')}
{string.find('aab', 'a-b')}
{string.match('aab', 'a-b')}
{string.find('f(a(b)c)d', '%b()')}
{string.match('f(a(b)c)d', '%b()')}
{string.find('abcabc', '(abc)%1')}
{string.match('abcabc', '(abc)%1')}
{string.find('x-y', '[%w-]+')}
{string.match('x-y', '[%w-]+')}
{string.find('x]y', '[]]')}
{string.match('x]y', '[]]')}
{string.find('x^y', '[x^]+')}
{string.match('x^y', '[x^]+')}
{string.find('2024-01-02', '(%d+)-(%d+)-(%d+)')}
{string.match('2024-01-02', '(%d+)-(%d+)-(%d+)')}
{string.find('token:1', '^([^:]+):')}
{string.match('token:1', '^([^:]+):')}
{string.find('abc', '[a-')}
{string.match('abc', '[a-')}
{string.find('abc', '%')}
{string.match('abc', '%')}
{string.find('abc', '(a')}
{string.match('abc', '(a')}
{string.find('THE (quick) fox', '%((%a+)%)')}
{string.match('THE (quick) fox', '%((%a+)%)')}
{string.find('\0a', '%z')}
{string.match('\0a', '%z')}
{string.find('a\nb', '%c')}
{string.match('a\nb', '%c')}
string.sub('hello', 2, 3)
string.sub('hello', -3)
string.sub('hello', 0)
string.sub('hello', 2, -2)
string.sub('hello', 10)
string.sub('hello', -100, 2)
string.sub('hello', 3, 2)
string.sub('hello', 1.7)
{string.gsub('hello', 'l', 'L')}
{string.gsub('hello', '', '-')}
{string.gsub('hello world', '(%w+)', '<%1>')}
{string.gsub('abc', '%w', '%0%0', 2)}
{string.gsub('abc', 'b', {b='X'})}
{string.gsub('abc', '.', function(c) return c == 'b' and 'Y' or nil end)}
{string.gsub('a b', '^a', 'x')}
string.upper('aé')
string.lower('AÉ')
string.reverse('abc')
string.len('é')
string.rep('ab', 3)
string.rep('x', 0)
string.rep('x', -1)
{string.byte('abc', 1, 3)}
string.byte('')
string.char(72, 105)
string.format('%5d|%-5d|%05d|%+d', 42, 42, 42, 42)
string.format('%s %s %s', 'a', 1, true)
string.format('%.2f %f', 3.14159, 1)
string.format('%g %g %g', 1e20, 0.1, 100000)
string.format('%.14g', 0.1)
string.format('%.17g', 0.1)
string.format('%x %X %c', 255, 255, 65)
string.format('%q', 'a"b')
string.format('%.0f', 1700000000000.5)
string.format('%.0f', 2.5)
string.format('%.0f', 3.5)
string.format('%10.3s|', 'abcdef')
string.format('%%')
string.format('%e', 12345.678)
string.format('%i', 3.99)
(function() local t = {} for w in string.gmatch('one two  three', '%a+') do t[#t+1] = w end return t end)()
(function() local t = {} for k, v in string.gmatch('a=1, b=2', '(%w+)=(%w+)') do t[#t+1] = k .. v end return t end)()
table.concat({1,2,3}, ',')
table.concat({'a','b'})
table.concat({}, 'x')
table.concat({1,2,3}, ',', 2)
table.concat({1,2,3}, ',', 2, 3)
(function() local good, value = pcall(cjson.decode, '{}') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '[]') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '[1,2,3]') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, 'null') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, 'true') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '1.5') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '"text"') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '{"a":null}') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '{"a":[1,{"b":"c"}]}') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '[1,null,3]') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '"\\u00e9\\u20ac"') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '"é"') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '"\\ud83d\\ude00"') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '"a\\/b\\n"') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '{') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '[1,]') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, 'nul') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '1 2') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '[NaN]') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '[0x10]') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '1e3') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '-5') return good and cjson.encode({value}) or 'error' end)()
(function() local good, value = pcall(cjson.decode, '[[[[]]]]') return good and cjson.encode({value}) or 'error' end)()
cjson.encode({1,2,3})
cjson.encode({})
cjson.encode({a=1})
cjson.encode({1,2,nil,4})
cjson.encode({[5]='x'})
cjson.encode({['1']='x'})
cjson.encode('text')
cjson.encode('a/b"c\\d\n\t\1')
cjson.encode(true)
cjson.encode(nil)
cjson.encode(cjson.null)
cjson.encode(1.5)
cjson.encode(100)
cjson.encode(1e15)
cjson.encode(12345678901234567)
cjson.encode(0.1)
cjson.encode({cjson.null})
cjson.encode({{},{1}})
cjson.encode('é')
tostring(pcall(cjson.encode, function() end))
tostring(pcall(cjson.encode, {[{}]=1}))
tostring(pcall(cjson.encode, 0/0))
tostring(pcall(cjson.encode, 1/0))
{pcall(cjson.decode, '{}')}
{pcall(cjson.decode, '[]')}
{pcall(cjson.decode, '[1,2,3]')}
{pcall(cjson.decode, 'null')}
{pcall(cjson.decode, 'true')}
{pcall(cjson.decode, '1.5')}
{pcall(cjson.decode, '"text"')}
{pcall(cjson.decode, '{"a":null}')}
{pcall(cjson.decode, '{"a":[1,{"b":"c"}]}')}
{pcall(cjson.decode, '[1,null,3]')}
{pcall(cjson.decode, '"\\u00e9\\u20ac"')}
{pcall(cjson.decode, '"é"')}
{pcall(cjson.decode, '"\\ud83d\\ude00"')}
{pcall(cjson.decode, '"a\\/b\\n"')}
{pcall(cjson.decode, '')}
{pcall(cjson.decode, '{')}
{pcall(cjson.decode, '[1,]')}
{pcall(cjson.decode, 'nul')}
{pcall(cjson.decode, '1 2')}
{pcall(cjson.decode, '[NaN]')}
{pcall(cjson.decode, '[0x10]')}
{pcall(cjson.decode, '1e3')}
{pcall(cjson.decode, '-5')}
{pcall(cjson.decode, '[[[[]]]]')}
{pcall(cjson.decode, '+5')}
{pcall(cjson.decode, '01')}
{pcall(cjson.decode, 'Infinity')}
{pcall(cjson.decode, '-inf')}
{pcall(cjson.decode, '\'single\'')}
{pcall(cjson.decode, '{"a"}')}
{pcall(cjson.decode, '{"a":}')}
{pcall(cjson.decode, '{"a":1,}')}
{pcall(cjson.decode, '{1:2}')}
{pcall(cjson.decode, '["a')}
{pcall(cjson.decode, '["\\x"]')}
{pcall(cjson.decode, '["\\u12"]')}
{pcall(cjson.decode, '["\\ud800"]')}
{pcall(cjson.decode, '[1 2]')}
{pcall(cjson.decode, 'true false')}
{pcall(cjson.decode, '-')}
{pcall(cjson.decode, '[tru]')}
{pcall(cjson.decode, '"a" "b"')}
{pcall(cjson.decode, '[}')}
tostring(cjson.decode('{"a":null}').a == cjson.null)
tostring(cjson.decode('{"a":1}').b)
cmsgpack.pack(1)
cmsgpack.pack(-1)
cmsgpack.pack(127)
cmsgpack.pack(128)
cmsgpack.pack(255)
cmsgpack.pack(256)
cmsgpack.pack(65535)
cmsgpack.pack(65536)
cmsgpack.pack(2^32)
cmsgpack.pack(-32)
cmsgpack.pack(-33)
cmsgpack.pack(-128)
cmsgpack.pack(-129)
cmsgpack.pack(-32769)
cmsgpack.pack(-2^31)
cmsgpack.pack(-2^40)
cmsgpack.pack(1.5)
cmsgpack.pack(0.1)
cmsgpack.pack(true)
cmsgpack.pack(false)
cmsgpack.pack(nil)
cmsgpack.pack('')
cmsgpack.pack('abc')
cmsgpack.pack(('x'):rep(40))
cmsgpack.pack(('x'):rep(300))
cmsgpack.pack({})
cmsgpack.pack({1,2,3})
cmsgpack.pack({a=1})
cmsgpack.pack({1,{2}})
cmsgpack.pack({n={m='x'}})
cmsgpack.pack(1e15)
cmsgpack.pack(1e300)
cjson.encode({cmsgpack.unpack(cmsgpack.pack(1))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(-1))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(127))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(128))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(255))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(256))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(65535))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(65536))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(2^32))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(-32))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(-33))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(-128))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(-129))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(-32769))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(-2^31))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(-2^40))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(1.5))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(0.1))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(true))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(false))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(nil))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(''))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack('abc'))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(('x'):rep(40)))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(('x'):rep(300)))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack({}))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack({1,2,3}))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack({a=1}))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack({1,{2}}))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack({n={m='x'}}))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(1e15))})
cjson.encode({cmsgpack.unpack(cmsgpack.pack(1e300))})
{cmsgpack.unpack(cmsgpack.pack(1, 'a', true))}
tostring(pcall(cmsgpack.unpack, '\193'))
tostring(pcall(cmsgpack.unpack, '\217'))
bit.band(12, 10)
bit.bor(12, 10)
bit.bxor(12, 10)
bit.lshift(1, 4)
bit.rshift(256, 4)
bit.bnot(0)
bit.tobit(2^32 + 5)
