/**
 * Names of people, each with the form that the e-mail address uses.
 * `east`: the family name comes first, without a space.
 */
export const cultures = [
  {
    given: 'Ada Brian Chloe Daniel Emma Grace Henry Isla Jack Laura'.split(' ').map(name => [name, name]),
    family: 'Baker Carter Dixon Evans Foster Hughes Mason Palmer Reed Walsh'
      .split(' ')
      .map(name => [name, name]),
  },
  {
    given: [
      ['Jürgen', 'juergen'],
      ['Käthe', 'kaethe'],
      ['Lukas', 'lukas'],
      ['Sören', 'soeren'],
      ['Anja', 'anja'],
      ['Björn', 'bjoern'],
    ],
    family: [
      ['Müller', 'mueller'],
      ['Groß', 'gross'],
      ['Schäfer', 'schaefer'],
      ['Krüger', 'krueger'],
      ['Weiß', 'weiss'],
      ['Vogel', 'vogel'],
    ],
  },
  {
    given: [
      ['François', 'francois'],
      ['Zoé', 'zoe'],
      ['Hélène', 'helene'],
      ['Aïcha', 'aicha'],
      ['Benoît', 'benoit'],
      ['Noël', 'noel'],
    ],
    family: [
      ['Lefèvre', 'lefevre'],
      ["D'Arcy", 'darcy'],
      ['Garçon', 'garcon'],
      ['Hérault', 'herault'],
      ['Bâtard', 'batard'],
      ['Moreau', 'moreau'],
    ],
  },
  {
    given: [
      ['José', 'jose'],
      ['María', 'maria'],
      ['Íñigo', 'inigo'],
      ['Lucía', 'lucia'],
      ['Ángel', 'angel'],
      ['Sofía', 'sofia'],
    ],
    family: [
      ['Núñez', 'nunez'],
      ['García', 'garcia'],
      ['Ibáñez', 'ibanez'],
      ['Peña', 'pena'],
      ['López', 'lopez'],
      ['Ríos', 'rios'],
    ],
  },
  {
    given: [
      ['Łukasz', 'lukasz'],
      ['Małgorzata', 'malgorzata'],
      ['Šárka', 'sarka'],
      ['Jiří', 'jiri'],
      ['Zsófia', 'zsofia'],
      ['Želimir', 'zelimir'],
    ],
    family: [
      ['Wójcik', 'wojcik'],
      ['Dvořák', 'dvorak'],
      ['Kovács', 'kovacs'],
      ['Żuławski', 'zulawski'],
      ['Němec', 'nemec'],
      ['Őry', 'ory'],
    ],
  },
  {
    given: [
      ['Дмитрий', 'dmitry'],
      ['Ольга', 'olga'],
      ['Иван', 'ivan'],
      ['Наталья', 'natalya'],
    ],
    family: [
      ['Орлов', 'orlov'],
      ['Соколов', 'sokolov'],
      ['Лебедев', 'lebedev'],
      ['Зайцев', 'zaytsev'],
    ],
  },
  {
    east: true,
    given: [
      ['太郎', 'taro'],
      ['花子', 'hanako'],
      ['健', 'ken'],
      ['美咲', 'misaki'],
      ['さくら', 'sakura'],
    ],
    family: [
      ['山田', 'yamada'],
      ['佐藤', 'sato'],
      ['鈴木', 'suzuki'],
      ['高橋', 'takahashi'],
      ['渡辺', 'watanabe'],
    ],
  },
  {
    east: true,
    given: [
      ['伟', 'wei'],
      ['芳', 'fang'],
      ['明', 'ming'],
      ['丽华', 'lihua'],
      ['建国', 'jianguo'],
    ],
    family: [
      ['王', 'wang'],
      ['李', 'li'],
      ['张', 'zhang'],
      ['刘', 'liu'],
      ['欧阳', 'ouyang'],
    ],
  },
  {
    east: true,
    given: [
      ['민준', 'minjun'],
      ['서연', 'seoyeon'],
      ['지훈', 'jihun'],
      ['하은', 'haeun'],
    ],
    family: [
      ['김', 'kim'],
      ['이', 'lee'],
      ['박', 'park'],
      ['최', 'choi'],
    ],
  },
  {
    given: [
      ['Priya', 'priya'],
      ['Arjun', 'arjun'],
      ['Ananya', 'ananya'],
      ['Rohan', 'rohan'],
      ['Oluwaseun', 'oluwaseun'],
      ['Chiamaka', 'chiamaka'],
    ],
    family: [
      ['Sharma', 'sharma'],
      ['Iyer', 'iyer'],
      ['Patel', 'patel'],
      ['Okafor', 'okafor'],
      ['Adébáyò', 'adebayo'],
      ['Nair', 'nair'],
    ],
  },
]

/** Names and addresses with characters that output formats must escape. */
export const oddPeople = [
  { full_name: 'Seán "Jack" O\'Brien', email: 'sean.obrien@example.com' },
  { full_name: 'Smith, Jane (contractor)', email: 'jane.smith+kafka@example.org' },
  { full_name: 'Pipe | Fitter', email: 'pipe.fitter@example.com' },
  { full_name: '=HYPERLINK("https://example.org","click")', email: 'formula@example.org' },
  { full_name: '<b>Bold</b> & Brave', email: 'bold.brave@example.org' },
  { full_name: 'Zoë 🦊 Fuchs', email: 'zoe.fuchs@example.com' },
  { full_name: 'محمد علي', email: 'mohammed.ali@example.com' },
  { full_name: '👩‍👩‍👧 Family Account', email: 'family@example.org' },
  { full_name: 'Back\\slash Tab\there', email: 'back.slash@example.org' },
]
