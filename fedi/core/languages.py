"""The languages that apps offer for posts: codes and names as their speakers write them."""

_NAMES = """
af Afrikaans|am አማርኛ|an Aragonés|ar اللغة العربية|as অসমীয়া|ast Asturianu|az Azərbaycan dili
be Беларуская|bg Български|bn বাংলা|bo བོད་ཡིག|br Brezhoneg|bs Bosanski|ca Català|ckb سۆرانی
co Corsu|cs Čeština|cy Cymraeg|da Dansk|de Deutsch|dv ދިވެހި|el Ελληνικά|en English|eo Esperanto
es Español|et Eesti|eu Euskara|fa فارسی|fi Suomi|fil Filipino|fo Føroyskt|fr Français|fy Frysk
ga Gaeilge|gd Gàidhlig|gl Galego|gu ગુજરાતી|ha Hausa|he עברית|hi हिन्दी|hr Hrvatski
ht Kreyòl ayisyen|hu Magyar|hy Հայերեն|ia Interlingua|id Bahasa Indonesia|ig Asụsụ Igbo|io Ido
is Íslenska|it Italiano|ja 日本語|jbo la .lojban.|jv basa Jawa|ka ქართული|kab Taqbaylit|kk Қазақша
km ខ្មែរ|kn ಕನ್ನಡ|ko 한국어|ku Kurmancî|kw Kernewek|ky Кыргызча|la Latine|lb Lëtzebuergesch|lo ລາວ
lt Lietuvių|lv Latviešu|mg Malagasy|mi Te reo Māori|mk Македонски|ml മലയാളം|mn Монгол|mr मराठी
ms Bahasa Melayu|mt Malti|my မြန်မာဘာသာ|nb Norsk bokmål|nds Plattdüütsch|ne नेपाली|nl Nederlands
nn Norsk nynorsk|no Norsk|oc Occitan|or ଓଡ଼ିଆ|pa ਪੰਜਾਬੀ|pl Polski|ps پښتو|pt Português
pt-BR Português (Brasil)|pt-PT Português (Portugal)|qu Runa Simi|rm Rumantsch|ro Română|ru Русский
sa संस्कृतम्|sc Sardu|sco Scots|sd سنڌي|se Davvisámegiella|si සිංහල|sk Slovenčina|sl Slovenščina
so Soomaaliga|sq Shqip|sr Српски|sv Svenska|sw Kiswahili|szl Ślůnsko godka|ta தமிழ்|te తెలుగు
tg Тоҷикӣ|th ภาษาไทย|ti ትግርኛ|tk Türkmen|tl Tagalog|tok toki pona|tr Türkçe|tt Татарча|ug ئۇيغۇرچە
uk Українська|ur اردو|uz O'zbek|vi Tiếng Việt|wa Walon|xh isiXhosa|yi ייִדיש|yo Yorùbá|yue 廣東話
zgh ⵜⴰⵎⴰⵣⵉⵖⵜ|zh 中文|zh-CN 简体中文|zh-HK 繁體中文 (香港)|zh-TW 繁體中文 (臺灣)|zu isiZulu
"""

LANGUAGES: tuple[tuple[str, str], ...] = tuple(
    (code, name)
    for code, _, name in (
        part.partition(" ") for part in _NAMES.strip().replace("\n", "|").split("|")
    )
)
"""Code and name of each."""
