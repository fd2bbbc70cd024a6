-- step: tokenise
create macro token(x) as substr(sha256(getvariable('opad') || unhex(sha256(getvariable('ipad') || encode(x)))), 1, 32);
create macro check_of(x) as substr('10X98765432', cast((
    cast(substr(x, 1, 1) as integer) * 7 + cast(substr(x, 2, 1) as integer) * 9 + cast(substr(x, 3, 1) as integer) * 10
    + cast(substr(x, 4, 1) as integer) * 5 + cast(substr(x, 5, 1) as integer) * 8 + cast(substr(x, 6, 1) as integer) * 4
    + cast(substr(x, 7, 1) as integer) * 2 + cast(substr(x, 8, 1) as integer) * 1 + cast(substr(x, 9, 1) as integer) * 6
    + cast(substr(x, 10, 1) as integer) * 3 + cast(substr(x, 11, 1) as integer) * 7
    + cast(substr(x, 12, 1) as integer) * 9 + cast(substr(x, 13, 1) as integer) * 10
    + cast(substr(x, 14, 1) as integer) * 5 + cast(substr(x, 15, 1) as integer) * 8
    + cast(substr(x, 16, 1) as integer) * 4 + cast(substr(x, 17, 1) as integer) * 2) % 11 + 1 as integer), 1);
create macro key_of(x) as case
    when regexp_full_match(x, '[0-9]{17}[0-9X]')
        and try_strptime(substr(x, 7, 8), '%Y%m%d') is not null
        and check_of(x) = substr(x, 18, 1)
        then token(x)
end;
create macro plain(x) as regexp_replace(replace(nfc_normalize(x), ' ', ''), '（.*）$', '');
create macro place(x) as regexp_replace(x, '(村民委员会|村委会|村)$', '');
create table villages as
select code, substr(code, 1, 9) as township, place(name) as name from areas_raw where length(code) = 12;
create table medical as
select
    key_of(m.id) as key, token(m.id) as id_key, plain(m.name) as name, m.class, m.scheme, m.state, m.paid_on,
    coalesce(m.village_code, v.code) as village
from medical_raw as m
left join villages as v on m.village_code is null and place(m.village) = v.name;
create table school as
select key_of(s.id) as key, token(s.id) as id_key, plain(s.name) as name, s.class, s.status, s.hh_no, v.code as village
from school_raw as s left join villages as v on place(s.village) = v.name;
create table dibao as
select
    key_of(d.id) as key, token(d.id) as id_key, plain(d.name) as name, d.class, d.case_no,
    coalesce(d.kind, '农村') as kind, try_cast(d.npc as decimal(14, 2)) as npc, d.to_month, v.code as village
from dibao_raw as d left join villages as v on place(d.village) = v.name;
create table households as
select
    h.hh_no, plain(h.head_name) as head_name, key_of(h.head_id) as head_key, h.attr, h.status,
    try_cast(h.npc as decimal(14, 2)) as npc, v.code as village, h.dilapidated, h.water_safe
from households_raw as h left join villages as v on place(h.village) = v.name
qualify row_number() over (partition by h.hh_no) = 1;
create table people as
select
    p.hh_no, plain(p.name) as name, key_of(p.id) as key,
    substr(p.id, 1, 6) || '********' || substr(p.id, 15) as id_masked, p.ins_basic,
    try_strptime(substr(p.id, 7, 8), '%Y%m%d')::date as birth, h.village, h.status
from persons_raw as p inner join households as h using (hh_no)
qualify row_number() over (partition by coalesce(key_of(p.id), p.hh_no || p.name) order by p.hh_no) = 1;
create table edge as
select e.hh_no, key_of(e.head_id) as head_key, e.kind, try_cast(e.npc as decimal(14, 2)) as npc, v.code as village
from edge_raw as e left join villages as v on place(e.village) = v.name
qualify row_number() over (partition by e.hh_no) = 1;
create table houses as
select
    coalesce(n.hh_no, k.hh_no) as hh_no, r.hh_no as sent_no, plain(r.head_name) as head_name, v.code as village,
    left(nullif(r.grade, '无房'), 1) as grade, r.grade as grade_word, try_cast(r.appraised_on as date) as appraised_on,
    r.lived_in, r.safe_by, r.certified
from (select *, key_of(head_id) as head_key from houses_raw) as r
left join households as n on r.hh_no = n.hh_no
left join households as k on r.head_key = k.head_key
left join villages as v on place(r.village) = v.name;
create table projects as
select
    coalesce(n.hh_no, k.hh_no) as hh_no, r.project_no, r.batch_year, try_cast(r.accepted_on as date) as accepted_on,
    r.accepted_ok, try_cast(r.due_amt as decimal(14, 2)) as due_amt, try_cast(r.paid_on as date) as paid_on,
    try_cast(r.paid_amt as decimal(14, 2)) as paid_amt
from (select *, key_of(head_id) as head_key from projects_raw) as r
left join households as n on r.hh_no = n.hh_no
left join households as k on r.head_key = k.head_key;
create table water as
select
    coalesce(n.hh_no, k.hh_no) as hh_no, r.hh_no as sent_no, plain(r.head_name) as head_name, v.code as village,
    r.mode like '集中%' as central, r.supply_no, [r.t1, r.t2, r.t3, r.t4, r.t5] as tests
from (select *, key_of(head_id) as head_key from water_raw) as r
left join households as n on r.hh_no = n.hh_no
left join households as k on r.head_key = k.head_key
left join villages as v on place(r.village) = v.name;
-- step: facts
create table insurance as
select
    key,
    bool_or(coalesce(scheme, '') not like '职工%' and (state in ('已参保', '代缴') or (coalesce(state, '动态新增') = '动态新增' and paid_on is not null))) as insured,
    bool_or(state = '死亡') as dead,
    bool_or(state in ('职工参保', '异地参保', '现役军人') or (scheme like '职工%' and state in ('已参保', '代缴'))) as exempt,
    bool_or(scheme like '职工%' and state in ('已参保', '代缴')) as employee_paid,
    any_value(state) as state
from medical where key is not null group by key;
create table schooling as
select
    key,
    bool_or(status in ('在学', '送教上门', '休学', '毕业')) as at_school,
    bool_or(status in ('免学', '缓学')) as excused,
    bool_or(status in ('辍学', '疑似辍学', '应入未入')) as out_of_school,
    bool_or(status = '送教上门') as at_home,
    bool_or(status = '辍学') as dropped
from school where key is not null group by key;
create table allowance as
select key, any_value(case_no) as case_no from dibao
where key is not null and kind = '农村' and (to_month is null or to_month >= strftime(getvariable('as_of'), '%Y%m')) group by key;
create table dwelling as
with latest as (
    select * from houses where hh_no is not null
    qualify row_number() over (partition by hh_no order by lived_in is distinct from '否' desc, appraised_on desc) = 1
), done as (
    select hh_no, max(accepted_on) as accepted_on from projects where accepted_ok = '合格' group by hh_no
)
select h.hh_no, d.grade_word as grade,
    case
        when d.grade in ('A', 'B') then true
        when d.certified = '是' and d.safe_by <> '自有' then true
        when done.accepted_on >= d.appraised_on then true
        when d.grade_word is not null then false
    end as ok
from households as h left join latest as d using (hh_no) left join done using (hh_no);
create table tap as
with tested as (
    select supply_no, try_cast(tested_on as date) as tested_on, result from supplies_raw
    qualify row_number() over (partition by supply_no order by try_cast(tested_on as date) desc nulls last) = 1
)
select
    w.hh_no, w.central,
    case
        when w.central and t.result = '不达标' then false
        when w.central and t.result = '达标' and t.tested_on >= getvariable('as_of') - interval 12 month then true
        when w.central then null
        when list_has_any(w.tests, ['×', '否']) then false
        when len(list_filter(w.tests, x -> x = '√')) = 5 then true
    end as ok
from water as w left join tested as t on w.supply_no = t.supply_no where w.hh_no is not null;
create table persons as
select
    p.key, p.hh_no, left(p.name, 1) || '**' as name, p.id_masked, p.village, p.birth,
    not coalesce(i.dead, false) as alive, coalesce(i.exempt, false) as exempt, i.key is not null as found,
    coalesce(i.insured, false) as insured, i.state, coalesce(i.employee_paid, false) as employee_paid,
    date_diff('year', p.birth, date '2019-08-31') - (strftime(p.birth, '%m%d') > '0831')::int between 6 and 15 as of_age,
    s.key is not null as at_roll, coalesce(s.at_school, false) as at_school, coalesce(s.excused, false) as excused,
    coalesce(s.out_of_school, false) as out_of_school, coalesce(s.at_home, false) as at_home,
    coalesce(s.dropped, false) as dropped, a.key is not null as in_dibao, p.ins_basic, p.status
from people as p
left join insurance as i on p.key = i.key
left join schooling as s on p.key = s.key
left join allowance as a on p.key = a.key;
create table homes as
select
    h.*, d.grade, d.ok as housing_ok, t.central, t.ok as water_ok, t.hh_no is not null as surveyed,
    coalesce(m.members, 0) as members, coalesce(m.helped, false) as helped, coalesce(m.open, false) as person_open
from households as h
left join dwelling as d using (hh_no)
left join tap as t using (hh_no)
left join (
    select hh_no, count(*) as members, bool_or(in_dibao) as helped,
        bool_or(alive and ((not exempt and not insured) or (of_age and not at_school and not excused))) as open
    from persons group by hh_no
) as m using (hh_no);
-- step: lists
create table mismatches as
select 'R081' as rule_id, '' as detail, key as subject, village from persons where alive and not exempt and not insured
union all select 'R120', '', key, village from persons where alive and of_age and not at_school and not excused
union all select 'R087', 'double_cover', key, village from persons where insured and employee_paid
union all select 'R087', 'dead_in_dibao', key, village from persons where not alive and in_dibao
union all select 'R001', 'ins_basic', key, village from persons where found and (ins_basic = '是') <> insured
union all select 'R107', '', hh_no, village from homes where housing_ok is not true
union all select 'R104', '', hh_no, village from homes
    where housing_ok = false and grade in ('C级', 'D级') and hh_no not in (select hh_no from projects where hh_no is not null)
union all select 'R133', '', hh_no, village from homes where central and water_ok is not true
union all select 'R134', '', hh_no, village from homes where surveyed and not central and water_ok is not true
union all select 'R144', 'jd_not_in_dibao', hh_no, village from homes where attr not like '特困%' and npc < 4000 and not helped
union all select 'R144', 'dibao_not_in_jd', case_no, any_value(village) from dibao
    where kind = '农村' group by case_no having max(npc) < 4000 and count(*) filter (key in (select key from people)) = 0
union all select 'R146', 'attr_without_dibao', hh_no, village from homes where attr like '低保%' and not helped
union all select 'R146', 'dibao_without_attr', hh_no, village from homes where attr not like '低保%' and helped
union all select 'R001', 'dilapidated', hh_no, village from homes where housing_ok is not null and (dilapidated = '是') = housing_ok
union all select 'R001', 'water', hh_no, village from homes where water_ok is not null and (water_safe = '是') <> water_ok
union all select 'R003', 'edge_in_register', h.hh_no, h.village from edge as e
    inner join households as h on e.hh_no = h.hh_no or e.head_key = h.head_key where e.kind not like '脱贫不稳定%'
union all select 'R102', '', hh_no, null from (
    select hh_no, project_no, any_value(accepted_on) as accepted_on, sum(paid_amt) as paid, max(paid_on) as paid_on,
        any_value(due_amt) as due from projects where accepted_ok = '合格' and hh_no is not null group by hh_no, project_no
) where coalesce(paid, 0) < due and getvariable('as_of') > accepted_on + 30 or paid >= due and paid_on > accepted_on + 30
union all select 'R048', 'review', hh_no, village from homes
    where status like '已脱贫%' and (attr like '特困%' or npc is null or npc < 4000
        or (npc > 5000 and (housing_ok is not true or water_ok is not true or person_open)));
insert into mismatches
select 'R001', 'medical.name', p.key, p.village from medical as m inner join people as p using (key) where m.name <> p.name
union all select 'R001', 'school.name', p.key, p.village from school as m inner join people as p using (key) where m.name <> p.name
union all select 'R001', 'dibao.name', p.key, p.village from dibao as m inner join people as p using (key) where m.name <> p.name
union all select 'R001', 'medical.village', p.key, p.village from medical as m inner join people as p using (key) where m.village <> p.village
union all select 'R001', 'school.village', p.key, p.village from school as m inner join people as p using (key) where m.village <> p.village
union all select 'R001', 'dibao.village', p.key, p.village from dibao as m inner join people as p using (key) where m.village <> p.village
union all select 'R001', 'school.hh_no', p.key, p.village from school as m inner join people as p using (key) where m.hh_no <> p.hh_no
union all select 'R001', 'house.head', h.hh_no, h.village from houses as r inner join households as h using (hh_no) where r.head_name <> h.head_name
union all select 'R001', 'water.head', h.hh_no, h.village from water as r inner join households as h using (hh_no) where r.head_name <> h.head_name
union all select 'R001', 'house.hh_no', hh_no, village from houses where sent_no <> hh_no
union all select 'R001', 'water.hh_no', hh_no, village from water where sent_no <> hh_no
union all select 'R006', 'medical.id', m.id_key, m.village from medical as m
    inner join people as p on m.name = p.name and m.village = p.village
    anti join people as known on m.key = known.key where p.key not in (select key from insurance)
union all select 'R006', 'school.id', m.id_key, m.village from school as m
    inner join people as p on m.name = p.name and m.village = p.village
    anti join people as known on m.key = known.key where p.key not in (select key from schooling)
union all select 'R006', 'dibao.id', m.id_key, m.village from dibao as m
    inner join people as p on m.name = p.name and m.village = p.village
    anti join people as known on m.key = known.key where p.key not in (select key from allowance)
union all select 'R006', 'medical.label', id_key, village from medical where class like '%建档立卡%' and key not in (select key from people where key is not null)
union all select 'R006', 'medical.missing', key, village from persons where not found
union all select 'R006', 'school.missing', key, village from persons where of_age and not at_roll
union all select 'R006', 'house.missing', hh_no, village from homes where hh_no not in (select hh_no from houses where hh_no is not null)
union all select 'R006', 'water.missing', hh_no, village from homes where not surveyed;
-- step: indicators
create table indicators as
with base as (
    select 'jd_persons' as indicator, village, count(*) as numerator, null::bigint as denominator from persons group by all
    union all select 'not_out_persons', village, count(*) filter (status = '未脱贫'), null from persons group by village
    union all select 'ins_rate', village, count(*) filter (insured), count(*) from persons where alive and not exempt group by village
    union all select 'ins_paid_persons', village, count(*) filter (alive and insured), null from persons group by village
    union all select 'in_school_rate', village, count(*) filter (at_school), count(*) from persons where alive and of_age and not excused group by village
    union all select 'dropout_persons', village, count(*) filter (alive and of_age and dropped), null from persons group by village
    union all select 'home_persons', village, count(*) filter (alive and of_age and at_home), null from persons group by village
    union all select 'dibao_jd_persons', village, count(*) filter (in_dibao), null from persons group by village
    union all select 'dibao_persons', village, count(*) filter (kind = '农村'), null from dibao group by village
    union all select 'jd_hh', village, count(*), null from homes group by village
    union all select 'safe_house_rate', village, count(*) filter (housing_ok), count(*) from homes group by village
    union all select 'water_safe_rate', village, sum(members) filter (water_ok), sum(members) from homes group by village
    union all select 'dibao_cover_rate', village, count(*) filter (helped), count(*) from homes where attr not like '特困%' and npc < 4000 group by village
    union all select 'edge_hh', village, count(*), null from edge group by village
    union all select 'card_red', village, count(*) filter (status not like '已脱贫%'), null from homes group by village
    union all select 'card_yellow', village, count(*) filter (status like '已脱贫%' and attr not like '特困%' and npc between 4000 and 5000), null from homes group by village
    union all select 'card_green', village, count(*) filter (status like '已脱贫%' and attr not like '特困%' and npc > 5000 and housing_ok and water_ok and not person_open), null from homes group by village
    union all select 'card_blue', village, count(*) filter (npc between 4000 and 5000), null from edge group by village
)
select indicator, substr(village, 1, level) as area, sum(numerator) as numerator, sum(denominator) as denominator,
    cast(sum(numerator) / nullif(sum(denominator), 0) as decimal(18, 6)) as value
from base cross join unnest([6, 9, 12]) as levels(level)
group by all;
